"""Where each request goes, and what the rollout makes of its outcome."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.rollout import journal, places, standing
from stagewright.rollout.live import LiveRollout
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import tests

from .arms import CANARY, STABLE, Arms
from .loaded import Loaded
from .observer import Observer
from .refusal import RefusalError
from .truths import Truths

log = logging.getLogger("stagewright.serve")
# A canary without a recipe: somebody says `promote` after each look.
BY_HAND: Mapping[str, Any] = {
    "steps": [
        {"setMirrorRoute": {"percentage": 100}}, {"pause": {}}, {"setMirrorRoute": {"percentage": 0}},
        {"setWeight": 5}, {"pause": {}}, {"setWeight": 50}, {"pause": {}},
    ]
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """Where one request goes, and the odds at which it was sent there.

    Attributes:
        rollout: id; empty where the request takes no part in one.
        mirror: the share of copied requests then; `mirrored`: whether this one is copied.
    """

    arm: str
    model: Loaded
    unit: str
    rollout: str = ""
    weight: float = 0.0
    mirror: float = 0.0
    mirrored: bool = False


class Traffic:
    """Assigns requests, and moves the arms as the rollout decides; use from the event loop.

    Args:
        decided: hears every decision, on the event loop, after it was acted on.

    Attributes:
        redact: what the event log hides must not stand in the rollout's journal either.
    """

    def __init__(
        self,
        arms: Arms,
        home: Path,
        policy: Mapping[str, Any] | None,
        resolve: Any,
        decided: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.arms, self._home, self._resolve, self._decided = arms, home, resolve, decided
        self.policy = Policy.of(BY_HAND if policy is None else policy)
        self.rollout: LiveRollout | None = None
        self.redact: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda event: event
        self._observer: Observer | None = None
        self._truths, self._warned = Truths((), 0), False

    @property
    def affinity(self) -> str:
        """Header or input whose value is the unit; empty: the gateway's own header, else each request."""
        return self.policy.affinity.key

    @property
    def under_way(self) -> bool:
        """Whether a rollout is not over yet."""
        return self.rollout is not None and not self.rollout.controller.finished

    @property
    def pending(self) -> int:
        """Events that the rollout has not seen yet."""
        return 0 if self._observer is None else len(self._observer)

    def begin(self) -> None:
        """Start the rollout of the two packages in memory, or go on where an earlier process left it."""
        stable, canary = self.arms.stable, self.arms.canary
        if stable is None or canary is None:
            return
        self._end()
        loop = asyncio.get_running_loop()
        found = standing.newest(self._home, self.arms.name, stable.version, canary.version)
        path = found.path if found and not found.verdict else None
        now = time.time()  # ids sort by time
        rollout = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now % 1 * 1000):03d}-{canary.version[:8]}"
        known = {
            "name": self.arms.name, "stable": stable.version, "canary": canary.version,
            "stable_package": str(stable.path), "canary_package": str(canary.path),
        }  # fmt: skip
        self.rollout = LiveRollout(
            path or places.journal(self._home, self.arms.name, rollout),
            tests(self._resolve),
            lambda decision: loop.call_soon_threadsafe(self._act, decision),
            policy=self.policy,
            rollout=rollout,
            known=known,
        )
        self.policy = self.rollout.controller.policy  # of a rollout that goes on, its own
        self._truths = Truths(stable.signature["classes"], self.policy.analysis.maxPending)
        if path and stable.signature["classes"]:
            events = (line.get("event", {}) for line in journal.read(path))
            self._truths.remember(event for event in events if event.get("kind") == "request")
        self._observer = Observer(self.rollout)
        self.rollout.start(time.time())

    def route(self, unit: str) -> Route:
        """Where a request of this unit goes now."""
        stable, canary, rollout = self.arms.serving(), self.arms.canary, self.rollout
        if rollout is None or canary is None:
            return Route(STABLE, stable, unit)
        controller = rollout.controller
        while True:  # the observer's thread may move the weight between two of these lines
            weight, mirror = controller.weight, controller.mirror
            arm, mirrored = controller.arm(unit), controller.mirrors(unit)
            if weight == controller.weight and mirror == controller.mirror:
                break
        if arm == CANARY:
            return Route(CANARY, canary, unit, controller.rollout, weight, mirror)
        return Route(STABLE, stable, unit, controller.rollout, weight, mirror, mirrored)

    def route_to(self, version: str, unit: str) -> Route:
        """A request that names its version takes no part in a rollout: nobody drew its arm."""
        arm, model = self.arms.version(version)
        return Route(arm, model, unit)

    def observe(self, event: Mapping[str, Any]) -> None:
        """An event of the log, for the rollout."""
        if self._observer is not None and self.under_way:
            told = self._truths.valued(event)
            if told["kind"] == "label" and not told.get("values") and not self._warned:
                self._warned = True
                log.warning(
                    "the label of request %s has no `values`, so the guards hear nothing of it", told["id"]
                )
            self._observer.take(self.redact(told))

    async def command(self, command: str, by: str, reason: str) -> list[dict[str, Any]]:
        """What a person asks of the rollout; raises RefusalError 409 where it cannot be done now."""
        if self.rollout is None:
            raise RefusalError(409, "there is no rollout")
        rollout = self.rollout
        decisions = await asyncio.to_thread(rollout.command, command, time.time(), by, reason)
        if refused := next((one for one in decisions if one["decision"] == "refused"), None):
            raise RefusalError(409, str(refused["reason"]))
        await asyncio.sleep(0)  # what was decided is acted on before it is answered
        return decisions

    def state(self) -> dict[str, Any]:
        """The rollout's state as JSON; an empty phase where there is none."""
        if self.rollout is None:
            return {"rollout": "", "phase": "", "weight": 0.0, "mirror": 0.0}
        return {**self.rollout.state(), "known": self.rollout.known}

    def close(self) -> None:
        """Keep everything for the next process."""
        self._end()

    def _end(self) -> None:
        if self._observer is not None:
            self._observer.close()
        self._observer = self.rollout = None

    def _act(self, decision: Mapping[str, Any]) -> None:
        if decision["decision"] == "promoted":
            self.arms.promote()
        elif decision["decision"] == "rolled_back":
            self.arms.roll_back()
        if decision["decision"] in standing.ENDS:
            self._move_alias(str(decision["reason"]))
        log.info("rollout %s: %s %s", decision["rollout"], decision["decision"], decision.get("reason", ""))
        self._decided(decision)

    def _move_alias(self, reason: str) -> None:
        """`champion` follows what is stable now; a package that was never registered has no alias."""
        stable = self.arms.stable
        if stable is None:
            return
        try:
            releases.assign(self._home, self.arms.name, releases.CHAMPION, stable.version, "gateway", reason)
        except StagewrightError as error:
            log.info("no alias moved: %s", error)
