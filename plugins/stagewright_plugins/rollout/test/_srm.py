"""The sample-ratio test's e-process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from stagewright.stages.rollout import Outcome, TestInputs

from ._mixture import Mixture, geometric

FINEST = 1.02  # a loss of 2 % in one arm is the smallest that any traffic of ours would show


class RatioTest:
    """Counts requests by arm; see `srm`."""

    once: Literal["value"] = "value"

    def __init__(self, given: TestInputs, top: float, grid: int) -> None:
        ratios = geometric(FINEST, max(top, FINEST), grid)
        self.process = Mixture(1.0, [*ratios, *(1 / ratio for ratio in ratios)])
        self.enough = math.log(1 / given.alpha)
        self.n, self.expected = [0, 0], 0.0

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        if 0 < weight < 1:
            self.n[canary] += 1
            self.expected += weight
            self.process.add(canary, weight)

    def outcome(self) -> Outcome:
        return "failed" if self.process.highest >= self.enough else "inconclusive"

    def evidence(self) -> Mapping[str, Any]:
        """`log_e` is compared with `needed`; `expected_canary` is what the weights promised."""
        return {
            "log_e": self.process.log(),
            "log_e_highest": self.process.highest,
            "needed": self.enough,
            "p": math.exp(-self.process.highest),
            "n_stable": self.n[0],
            "n_canary": self.n[1],
            "expected_canary": self.expected,
        }
