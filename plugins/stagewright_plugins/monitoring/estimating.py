"""An estimated metric with a band, and how often that band was right where the truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from stagewright.stages.monitor import Estimate

DRAWS = 200
_STREAM = 53_001  # keeps these draws apart from others that start from the same seed

Rows = NDArray[np.int64]
# A number from reference rows; NaN where they cannot give one (a single class has no ROC curve).
OfRows = Callable[[Rows], float]


def banded(
    metric: str,
    value: float,
    estimated: OfRows,
    realised: OfRows,
    reference: int,
    window: int,
    level: float,
    seed: int,
) -> Estimate:
    """The estimate with its band and the band's coverage on reference windows.

    Both functions speak of reference rows that the estimator did not learn from (cross-fitted). The band's width
    is the spread of estimate minus truth over resampled windows of the same size; the coverage is counted over
    consecutive ones.

    Args:
        metric: its name.
        value: the estimate for the window.
        estimated: the estimated metric of any reference rows.
        realised: the true one.
        reference: number of reference rows.
        window: number of rows of the window.
        level: probability that the band should have, such as 0.95.
        seed: makes resampling repeatable.
    """
    random = np.random.default_rng([seed, _STREAM])
    size = min(window, reference)
    misses = [_miss(estimated, realised, random.integers(0, reference, size)) for _ in range(DRAWS)]
    known = [miss for miss in misses if math.isfinite(miss)]
    if not known or not math.isfinite(value):
        return Estimate(metric, value, value, value)
    # A window that is larger than the reference is still only as well known as the reference.
    inflated = math.sqrt(1 + size / reference)
    half = float(norm.ppf((1 + level) / 2)) * float(np.std(known)) * inflated
    held = [abs(miss) <= half for miss in _held_out(estimated, realised, reference, size)]
    coverage = float(np.mean(held)) if held else None
    return Estimate(metric, value, value - half, value + half, coverage)


def folds(rows: int, count: int = 5) -> Iterator[tuple[Rows, Rows]]:
    """(fit, held out) over consecutive blocks: neighbours in time are alike, and would give themselves away."""
    blocks = np.array_split(np.arange(rows), min(count, rows))
    for i, held in enumerate(blocks):
        yield np.concatenate([block for j, block in enumerate(blocks) if j != i]), held


def _held_out(estimated: OfRows, realised: OfRows, reference: int, size: int) -> list[float]:
    starts = range(0, reference - size + 1, size)
    misses = [_miss(estimated, realised, np.arange(start, start + size)) for start in starts]
    return [miss for miss in misses if math.isfinite(miss)] if len(misses) > 1 else []


def _miss(estimated: OfRows, realised: OfRows, rows: Rows) -> float:
    return estimated(rows) - realised(rows)
