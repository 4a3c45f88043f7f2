"""One guard at work: which observations it counts, what its test says, and both arms' plain figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewright.rollout.measured import Event, kind_of, reader
from stagewright.rollout.policy import Guard, OnFailure, Policy
from stagewright.stages.rollout import Outcome, Test, TestInputs

# A test's spec (`type` and its settings) and what it is handed → the test.
MakeTest = Callable[[Mapping[str, Any], TestInputs], Test]


def tests(resolve: Callable[[str, Mapping[str, Any]], Any]) -> MakeTest:
    """Tests by name, from whatever builds components (`Context.resolve`, `Registry.component`)."""

    def make(spec: Mapping[str, Any], given: TestInputs) -> Test:
        test: Test = resolve("rollout.test", spec)(given)
        return test

    return make


@dataclass
class Arm:
    """Observations of one arm: count, sum and sum of squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.n += 1
        self.total += value
        self.squares += value * value

    def to_json(self) -> dict[str, Any]:
        """Count, mean and standard deviation; None where there is nothing to compute them from."""
        mean = self.total / self.n if self.n else None
        spread = (
            max(0.0, self.squares - self.total * self.total / self.n) / (self.n - 1) if self.n > 1 else None
        )
        return {"n": self.n, "mean": mean, "deviation": None if spread is None else spread**0.5}


@dataclass
class Watch:
    """A guard, its test, and what it has seen."""

    guard: Guard
    test: Test
    kind: str
    read: Callable[[Event], float | None]
    covariate: Callable[[Event], float | None] | None
    dry: bool
    on_failure: OnFailure
    alpha: float
    users_only: bool  # answers that nobody saw do not count (sample ratio)
    outcome: Outcome = "inconclusive"
    seen: set[str] = field(default_factory=set)  # units that have spoken
    calm: set[str] = field(default_factory=set)  # requests of which somebody said that all was well
    arms: tuple[Arm, Arm] = field(default_factory=lambda: (Arm(), Arm()))  # stable, canary
    inconclusive: int = 0  # measurements in analysis steps

    def observe(
        self, event: Event, canary: bool, weight: float, unit: str, now: float, request: str = ""
    ) -> bool:
        """Count an event of this guard's kind; whether the test's word changed.

        `unit` is empty where every request is a unit of its own. `request` names what a label or a feedback is about.
        """
        value = self.read(event)
        if value is None or self._repeated(request, value) or (unit and not self._first(unit, value)):
            return False
        covariate = self.covariate(event) if self.covariate else None
        self.arms[canary].add(value)
        self.test.observe(canary, weight, value, now, covariate)
        before, self.outcome = self.outcome, self.test.outcome()
        return self.outcome != before

    def _repeated(self, request: str, value: float) -> bool:
        """Whether it only says again that all was well: a client that retries proves nothing by it."""
        if not request or value or self.test.once != "event":
            return False
        if request in self.calm:
            return True
        self.calm.add(request)
        return False

    def _first(self, unit: str, value: float) -> bool:
        """Whether this observation is the unit's own: repeated ones of a sticky unit are not independent."""
        counts = self.test.once
        if counts == "never" or (counts == "event" and not value):
            return True
        if unit in self.seen:
            return False
        self.seen.add(unit)
        return True

    def to_json(self) -> dict[str, Any]:
        """Name, verdict, evidence and both arms."""
        return {
            "guard": self.guard.name,
            "metric": self.guard.metric,
            "test": self.guard.spec["type"],
            "outcome": self.outcome,
            "alpha": self.alpha,
            "dryRun": self.dry,
            "evidence": dict(self.test.evidence()),
            "stable": self.arms[0].to_json(),
            "canary": self.arms[1].to_json(),
        }


def outcome_said(item: Mapping[str, Any]) -> str:
    """A guard's standing (`Controller.guards`) for people: who only watches the split is never undecided."""
    if item["test"] == "srm" and item["outcome"] == "inconclusive":
        return "no mismatch seen"
    return str(item["outcome"])


def watches(policy: Policy, make: MakeTest) -> dict[str, Watch]:
    """Every guard of a policy, fresh."""
    return {guard.name: _watch(policy, guard, make) for guard in policy.analysis.guards}


def _watch(policy: Policy, guard: Guard, make: MakeTest) -> Watch:
    alpha = policy.share_of_alpha(guard)
    return Watch(
        guard=guard,
        test=make(guard.spec, TestInputs(alpha, guard.direction, guard.margin)),
        kind=kind_of(guard.metric),
        read=reader(guard.metric),
        covariate=reader(guard.covariate) if guard.covariate else None,
        dry=guard.name in policy.analysis.dryRun,
        on_failure=policy.on_failure(guard),
        alpha=alpha,
        users_only=guard.users_only,
    )
