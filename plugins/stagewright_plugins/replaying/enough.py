"""Whether a replay has requests enough for a promotion: only what is certain before any work, for `check`.

A pause needs its requests, a guard that is waited for what its test needs at least. Chance deals out which requests the
canary answers: too few of them counts as certain where enough would come less than once in a million replays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from stagewright.frozen import frozen
from stagewright.rollout.policy import Guard, Policy
from stagewright.rollout.shares import Shares, shares
from stagewright.stages.rollout import Least

NEVER = math.log(1e6)  # once in a million
SLACK = 1e-6  # of sums of floats


@frozen
class Stretch:
    """A step that takes requests or waits for guards; after the last one promotion waits.

    Attributes:
        begins: requests that came before it, at least.
        takes: requests that come meanwhile, at least; time is counted in them.
        asks: those of them that it waits for.
        waits: names of guards.
    """

    begins: float
    shares: Shares
    takes: float = 0.0
    asks: int = 0
    waits: Sequence[str] = ()


@frozen
class Shortage:
    """Too few requests: why, how many there should be at least, and what else would help."""

    least: int
    why: str
    other: str = ""


def too_few(policy: Policy, replay: Any, needs: Mapping[str, Least]) -> Iterator[tuple[str, str]]:
    """Keys of the section's `replay` that allow no promotion, each with what is wrong.

    `policy` is the one that is replayed. `needs` is what the guards' tests need, by the guard's name; of those that are
    not there nothing is known.
    """
    stretches = tuple(_stretches(policy, replay.rate))
    if any(math.isinf(one.takes) for one in stretches):
        return  # somebody must say `promote`, and no number of requests does
    found = [_of_pauses(stretches, replay)]
    guards = {guard.name: guard for guard in policy.analysis.guards}
    for index, stretch in enumerate(stretches):
        road = Road(stretches[: index + 1], sum(one.asks for one in stretches[index + 1 :]))
        for name in (name for name in stretch.waits if name in needs):
            found.append(_of_guard(road, guards[name], needs[name], policy, replay))
    if short := max(filter(None, found), key=lambda one: one.least, default=None):
        said = f"{replay.requests} requests are too few for a promotion: {short.why}"
        yield "requests", f"{said}; say {short.least} or more{short.other}"
    yield from _of_users(policy, replay, {n: needs[n] for one in stretches for n in one.waits if n in needs})


def _stretches(policy: Policy, rate: float) -> Iterator[Stretch]:
    begins, now = 0.0, Shares()
    goes_on = policy.onInconclusive == "notify"
    for step, now in zip(policy.plan(), shares(policy.plan()), strict=True):
        if step.pause is not None:
            asks, seconds = step.pause.minRequests, step.pause.duration
            takes = math.inf if seconds is None and not asks else max(asks, (seconds or 0.0) * rate)
            yield Stretch(begins, now, takes, asks)
            begins += takes
        elif step.analysis is not None and not (goes_on and step.analysis.limited):
            yield Stretch(begins, now, waits=policy.waited_for(step.analysis))
    if policy.strategy == "canary" and not goes_on:
        yield Stretch(begins, now, waits=policy.deciding())


def _of_pauses(stretches: Sequence[Stretch], replay: Any) -> Shortage | None:
    """Time also passes while the last labels come, and no request does."""
    asked = max((one.begins + one.asks for one in stretches if one.asks), default=0.0)
    passed = max((one.begins + one.takes for one in stretches), default=0.0) - replay.labelDelay
    least = math.ceil(max(asked, passed) - SLACK)
    timed = "" if all(one.takes == one.asks for one in stretches) else f" at `rate` {replay.rate:g}"
    if least <= replay.requests:
        return None
    return Shortage(least, f"its pauses take {math.ceil(sum(one.takes for one in stretches) - SLACK)}{timed}")


@frozen
class Road:
    """The stretches up to one that waits for guards.

    Attributes:
        later: requests that the stretches behind it need.
    """

    stretches: Sequence[Stretch]
    later: int

    def expected(self, guard: Guard, requests: float) -> float:
        """Observations of the canary in so many requests, on average and at most: as early as can be at each weight."""
        parts = ((min(end, requests) - begin, chance) for begin, end, chance in self._chances(guard))
        return sum(length * chance for length, chance in parts if length > 0)

    def until(self, guard: Guard, canary: int) -> int:
        """Requests until so many are expected; 0 where none ever are."""
        seen = 0.0
        for begin, end, chance in self._chances(guard):
            if chance and seen + chance * (end - begin) >= canary:
                return math.ceil(begin + (canary - seen) / chance - SLACK)
            seen += chance * (end - begin)
        return 0

    def most(self, guard: Guard) -> int:
        """Observations of one request: its answer, and its copy's."""
        return 2 if any(one.shares.copies(guard) for one in self.stretches) else 1

    def _chances(self, guard: Guard) -> Iterator[tuple[float, float, float]]:
        """From and up to which request the chance is at most what."""
        highest = accumulate((one.shares.chance(guard) for one in self.stretches), max)
        ends = pairwise([*(one.begins for one in self.stretches), math.inf])
        return ((begin, end, chance) for (begin, end), chance in zip(ends, highest, strict=True))


def _of_guard(road: Road, guard: Guard, need: Least, policy: Policy, replay: Any) -> Shortage | None:
    left = replay.requests - road.later
    together = math.ceil(need.observations / road.most(guard))
    timed = math.ceil(need.seconds * replay.rate - replay.labelDelay - SLACK)
    least, scarce = max(together, need.stable, need.canary, timed), ""
    if need.canary and not (replay.users or policy.affinity.key):  # who sticks to an arm may be all there is
        usual = road.until(guard, need.canary)
        if usual and _never(left, road.expected(guard, left), need.canary):
            least, scarce = max(least, usual), ", or raise `setWeight`"
    if least <= left:
        return None
    behind = f", and the steps behind it {road.later}" if road.later else ""
    return Shortage(least + road.later, f"guard {guard.name!r} needs {_said(need)}{behind}", scarce)


def _never(requests: int, expected: float, wanted: int) -> bool:
    """Whether so many are seen less than once in a million times (Chernoff's bound; Hoeffding, 1963)."""
    if wanted > requests:
        return True
    if wanted <= expected:
        return False
    p, q = wanted / requests, expected / requests
    rest = (1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0
    return not q or requests * (p * math.log(p / q) + rest) > NEVER


def _said(need: Least) -> str:
    if need.total > need.stable + need.canary:
        return f"{need.total} observations"
    if not need.observations:
        return f"windows of {need.seconds:g} seconds"
    arms = ((need.canary, "canary"), (need.stable, "champion"))
    return "observations: " + " and ".join(f"{n} of the {arm}" for n, arm in arms if n)


def _of_users(policy: Policy, replay: Any, needs: Mapping[str, Least]) -> Iterator[tuple[str, str]]:
    """Tests that count a user once; an input of the request that is its unit has as many values as the data has."""
    counted = {name: need.observations for name, need in needs.items() if need.once}
    name = max(counted, key=lambda name: counted[name], default="")
    if name and 0 < replay.users < counted[name] and not policy.affinity.key:
        said = f"{replay.users} users are too few for a promotion: guard {name!r} counts each once"
        yield "users", f"{said} and needs {counted[name]}; say {counted[name]} or more, or 0"
