"""Likelihood ratios of "which arm did this event fall on", mixed over a grid of rate ratios: an e-process.

Of events that arrive at equal rates per request, a share `w` falls on the canary, the canary's share of requests
when each was assigned. If the canary's rate is `theta` times the stable arm's, the share is
`theta w / (1 - w + theta w)`. The mean over the grid of the likelihood ratios against `theta0` is a
nonnegative supermartingale under "the ratio is at most theta0" for a grid above it ("at least" for one below),
whatever the base rate does over time and however `w` is moved by what was seen before. So it ever reaches
1/alpha with probability alpha at most (Ville, 1939; Lindon & Malek, 2022, arXiv:2011.03567).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Steps = tuple[tuple[float, float], ...]  # per ratio of the grid: log ratio for a stable, a canary event


class Mixture:
    """The e-process of one grid; state is one number per grid point.

    Args:
        null: rate ratio at the edge of the hypothesis.
        grid: rate ratios that speak against it.
    """

    def __init__(self, null: float, grid: Sequence[float]) -> None:
        self.null, self.grid = null, tuple(grid)
        self.logs = [0.0] * len(self.grid)
        self.highest = 0.0  # log of the largest value so far
        self._steps: dict[float, Steps] = {}

    def add(self, canary: bool, weight: float) -> None:
        """One event; at weight 0 or 1 its arm was certain and it says nothing."""
        steps = self._steps.get(weight)
        if steps is None:
            steps = self._steps[weight] = tuple(_step(self.null, ratio, weight) for ratio in self.grid)
        self.logs = [log + step[canary] for log, step in zip(self.logs, steps, strict=True)]
        self.highest = max(self.highest, self.log())

    def log(self) -> float:
        """Natural logarithm of the process now."""
        top = max(self.logs)
        return top + math.log(sum(math.exp(log - top) for log in self.logs) / len(self.logs))


def geometric(low: float, high: float, count: int) -> list[float]:
    """`count` numbers from `low` to `high`, equally far apart as ratios."""
    if count == 1:
        return [low]
    step = (high / low) ** (1 / (count - 1))
    return [low * step**i for i in range(count)]


def _step(null: float, ratio: float, weight: float) -> tuple[float, float]:
    if not 0 < weight < 1:
        return 0.0, 0.0
    stable, at_null, at_ratio = 1 - weight, null * weight, ratio * weight
    # p = at / (stable + at), written so that nothing cancels near 0 and 1
    relative = math.log((stable + at_null) / (stable + at_ratio))
    return relative, math.log(ratio / null) + relative
