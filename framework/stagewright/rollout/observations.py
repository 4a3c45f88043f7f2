"""What guards see: each event counted in its arm, with the canary's share and its unit; labels find their request."""

from __future__ import annotations

from collections.abc import Iterable

from stagewright.frozen import frozen
from stagewright.rollout.measured import Event
from stagewright.rollout.watch import Watch

USERS, SHADOW = ("stable", "canary"), "shadow"


@frozen
class Assigned:
    """What a label or a feedback must know of its request."""

    unit: str
    canary: bool
    share: float


class Observations:
    """The events of one rollout, handed to its guards.

    Args:
        watches: the guards at work.
        pending: how many requests are remembered for the labels and the feedback that come later.
    """

    def __init__(self, watches: Iterable[Watch], pending: int) -> None:
        self._by_kind = _by_kind(watches)
        self._late_watches = [*self._by_kind.get("label", ()), *self._by_kind.get("feedback", ())]
        self._pending = pending
        self._assigned: dict[tuple[str, str], Assigned] = {}

    def observe(self, event: Event, weight: float, mirror: float, now: float) -> list[Watch]:
        """Count an event; the guards whose test has another word for it than before.

        `weight` and `mirror` are those in force; a request knows its own.
        """
        kind = event.get("kind")
        if kind == "request":
            return self._request(event, weight, mirror, now)
        if kind in ("label", "feedback"):
            return self._late(str(kind), event, now)
        if kind == "hardware":
            return self._watched("hardware", event, event.get("arm", "canary") == "canary", weight, "", now)
        return []

    def _request(self, event: Event, weight: float, mirror: float, now: float) -> list[Watch]:
        arm, name = event.get("arm", "stable"), str(event.get("id", ""))
        unit = str(event.get("unit", ""))
        unit = "" if unit == name else unit  # a unit of one request has nothing to repeat
        if unit and arm == SHADOW:
            unit = f"{SHADOW}\0{unit}"  # a copy is the canary's word of the unit, after the stable arm's
        weight = float(event.get("weight", weight))
        canary = arm != "stable"
        share = exposure(weight, float(event.get("mirror", mirror)))
        if self._late_watches:
            self._remember(name, str(arm), Assigned(unit, canary, share))
        changed = []
        for watch in self._by_kind.get("request", ()):
            if not watch.users_only:
                if watch.observe(event, canary, share, unit, now):
                    changed.append(watch)
            elif arm in USERS and watch.observe(event, canary, weight, unit, now):
                changed.append(watch)
        if arm == SHADOW:
            changed += self._watched("shadow", event, True, share, unit, now)
        return changed

    def _late(self, kind: str, event: Event, now: float) -> list[Watch]:
        """Labels and feedback are joined to their request; one that is not known says nothing."""
        name, arm = str(event.get("id", "")), event.get("arm")
        arms = (str(arm),) if arm else USERS
        key = next(((name, one) for one in arms if (name, one) in self._assigned), None)
        if key is None:
            return []
        found, request = self._assigned[key], _alone(key)
        return self._watched(kind, event, found.canary, found.share, found.unit or request, now, request)

    def _watched(
        self, kind: str, event: Event, canary: bool, share: float, unit: str, now: float, request: str = ""
    ) -> list[Watch]:
        watches = self._by_kind.get(kind, ())
        return [watch for watch in watches if watch.observe(event, canary, share, unit, now, request)]

    def _remember(self, name: str, arm: str, assigned: Assigned) -> None:
        self._assigned[name, arm] = assigned
        if len(self._assigned) > self._pending:
            key = next(iter(self._assigned))
            alone = not self._assigned.pop(key).unit
            for watch in self._late_watches:  # no label can find it any more, so none can repeat itself
                watch.calm.discard(_alone(key))
                if alone:
                    watch.seen.discard(_alone(key))


def exposure(weight: float, mirror: float) -> float:
    """The canary's share of all answers: its users' and the copies of the stable arm's.

    Of one request, `weight` is answered by the canary, the rest by stable, of which `mirror` is copied.
    """
    canary = weight + (1 - weight) * mirror
    return canary / (canary + 1 - weight) if canary else 0.0


def _alone(key: tuple[str, str]) -> str:
    """The unit of a request that has none: who says the same of it again (a client that retries) is not heard."""
    name, arm = key
    return f"{arm}\0\0{name}"


def _by_kind(found: Iterable[Watch]) -> dict[str, list[Watch]]:
    kinds: dict[str, list[Watch]] = {}
    for watch in found:
        kinds.setdefault(watch.kind or "request", []).append(watch)
    return kinds
