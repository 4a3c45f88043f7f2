"""The mean test's running intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from stagewright.stages.rollout import Outcome, TestInputs

from ._moments import Adjusted, Moments, Worse, adjusted, worse

SMALLEST_STRATUM = 10  # observations per arm at one weight before it joins in


class MeanTest:
    """Keeps both arms' moments per weight; see `msprt`."""

    once: Literal["value"] = "value"

    def __init__(
        self,
        given: TestInputs,
        tau: float | None,
        absolute: float | None,
        minimum: int,
        events: int,
        accept_after: int | None,
    ) -> None:
        self.given, self.absolute, self.minimum, self.events = given, absolute, minimum, events
        self.tau, self.accept_after = tau, accept_after
        self.strata: dict[float, tuple[Moments, Moments]] = {}
        self.n, self.beside = [0, 0], 0  # by arm; of the canary, those for which the stable arm answered, too
        self.seen = 0
        self.low, self.high = -math.inf, math.inf  # of the distance to the margin, all looks together
        self.now: Worse | None = None

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        arms = self.strata.get(weight)
        if arms is None:
            arms = self.strata[weight] = (Moments(), Moments())
        arms[canary].add(value, covariate or 0.0)
        self.n[canary] += 1
        self.beside += canary and 0 < weight < 1
        self.seen += bool(value)
        if min(self.n) >= self.minimum and self.seen >= self.events:
            self._look()

    def _look(self) -> None:
        self.now = found = self._pooled()
        if found is None:
            return
        if self.tau is None:
            self.tau = self._default_tau(found)
        half = half_width(found.variance, self.tau, self.given.alpha)
        self.low, self.high = max(self.low, found.value - half), min(self.high, found.value + half)

    def _pooled(self) -> Worse | None:
        """Strata of equal weight, combined by their precision."""
        found = []
        for stable, canary in self.strata.values():
            if min(stable.n, canary.n) >= SMALLEST_STRATUM:
                one = self._worse(*adjusted(stable, canary))
                if one.variance > 0:
                    found.append(one)
        precision = sum(1 / one.variance for one in found)
        if not precision:
            return None
        return Worse(sum(one.value / one.variance for one in found) / precision, 1 / precision)

    def _worse(self, stable: Adjusted, canary: Adjusted) -> Worse:
        """An arm whose values never differ is taken as if one of them lay off by its whole size.

        A hundred right answers do not show that 99 % of all are right.
        """
        how = (self.given.direction, self.given.margin, self.absolute)
        found = worse(stable, canary, *how)
        size = max(abs(stable.mean), abs(canary.mean), abs(found.value))
        return worse(_spread(stable, size), _spread(canary, size), *how)

    def _default_tau(self, found: Worse) -> float:
        """Frozen at the first look: the margin where there is one, else what that look could just resolve."""
        stable = sum(arm.mean * arm.n for arm, _ in self.strata.values()) / max(1, self.n[0])
        tolerated = self.given.margin * abs(stable) if self.absolute is None else self.absolute
        return tolerated or 2 * math.sqrt(found.variance)

    def outcome(self) -> Outcome:
        if self.low > 0:
            return "failed"
        if self.high < 0:
            return "successful"
        accepted = self.accept_after is not None and self.beside >= self.accept_after
        return "successful" if accepted else "inconclusive"

    def evidence(self) -> Mapping[str, Any]:
        """`distance` to the margin with its interval, in the metric's unit: above 0 is beyond it."""
        return {
            "distance": self.now.value if self.now else None,
            "low": self.low if math.isfinite(self.low) else None,
            "high": self.high if math.isfinite(self.high) else None,
            "tau": self.tau,
            "n_stable": self.n[0],
            "n_canary": self.n[1],
        }


def _spread(arm: Adjusted, size: float) -> Adjusted:
    return arm if arm.variance > 0 else replace(arm, variance=(size / arm.n) ** 2)


def half_width(variance: float, tau: float, alpha: float) -> float:
    """Half the width of the interval that a mean with this variance keeps at every look, each side at `alpha`.

    The mixing density is N(0, tau²); two-sided at 2 alpha is one-sided at alpha.
    """
    squared = tau * tau
    if not squared:
        return math.inf  # a tau too small for its square to be told from 0
    ratio = (variance + squared) / squared
    logs = 2 * math.log(1 / (2 * alpha)) + math.log((variance + squared) / variance)
    return math.sqrt(variance * ratio * max(0.0, logs))
