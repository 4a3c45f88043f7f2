"""The A/B test's plan and its one look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any, Literal

from stagewright.errors import StagewrightError
from stagewright.rollout.power import Size, for_means, for_rates
from stagewright.stages.rollout import Outcome, TestInputs

from ._moments import Moments, adjusted, worse


def no_rate(baseline: float, deviation: float | None) -> str:
    """What is wrong with the stable arm's rate; empty where it is one, or a mean."""
    if deviation is not None or 0 <= baseline <= 1:
        return ""
    return f"a rate lies in 0 to 1, got {baseline:g}; a mean needs `deviation`"


def planned(
    given: TestInputs,
    baseline: float,
    effect: float,
    deviation: float | None,
    power: float,
    share: float,
    correlation: float,
) -> Size:
    """How many observations it looks at; raises StagewrightError for a rate that is none."""
    how = {"alpha": given.alpha, "power": power, "share": share, "correlation": correlation}
    if deviation is not None:
        return for_means(deviation, effect, **how)
    if said := no_rate(baseline, deviation):
        raise StagewrightError(f"test `ab_test`: {said}")
    return for_rates(baseline, effect if given.direction == "higher" else -effect, **how)


class PlannedTest:
    """Collects the planned number of observations per arm, then looks once; see `ab_test`."""

    once: Literal["value"] = "value"

    def __init__(self, given: TestInputs, plan: Size) -> None:
        self.given, self.plan = given, plan
        self.arms = (Moments(), Moments())
        self.found: dict[str, float] = {}
        self.verdict: Outcome = "inconclusive"

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        if self.found:
            return
        self.arms[canary].add(value, covariate or 0.0)
        if self.arms[0].n >= self.plan.stable and self.arms[1].n >= self.plan.canary:
            self._look()

    def _look(self) -> None:
        stable, canary = adjusted(*self.arms)
        plain = worse(stable, canary, self.given.direction, 0.0, None)
        error, z = math.sqrt(plain.variance), NormalDist().inv_cdf(1 - self.given.alpha / 2)
        low, high = plain.value - z * error, plain.value + z * error
        tolerated = worse(stable, canary, self.given.direction, self.given.margin, None)
        within = tolerated.value + z * math.sqrt(tolerated.variance) < 0
        self.verdict = "failed" if low > 0 else "successful" if within else "inconclusive"
        p = math.erfc(abs(plain.value) / error / math.sqrt(2)) if error else float(plain.value == 0)
        self.found = {"worse_by": plain.value, "low": low, "high": high, "p": p}

    def outcome(self) -> Outcome:
        return self.verdict

    def evidence(self) -> Mapping[str, Any]:
        """The plan, what was seen, and once it has looked the difference with its interval."""
        sizes = {"planned_stable": self.plan.stable, "planned_canary": self.plan.canary}
        return {**sizes, "n_stable": self.arms[0].n, "n_canary": self.arms[1].n, **self.found}
