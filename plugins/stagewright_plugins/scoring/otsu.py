"""Multi-level Otsu thresholds of one image, by exact search over its histogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def thresholds(image: Floats, ranges: int, bins: int) -> Floats:
    """The `ranges - 1` grey values that maximise the variance between ranges (Otsu, 1979).

    What one range adds to that variance depends on its two ends only (Liao, Chen and Chung, 2001), so the
    best cuts follow by dynamic programming: exact, in ranges × bins² steps.

    Args:
        image: (H, W) float in [0, 1].
        ranges: to tell apart, at least two.
        bins: histogram bins between the image's darkest and brightest value.

    Returns:
        Ascending grey values; a value equal to a threshold belongs to the range above it.
    """
    low, high = float(image.min()), float(image.max())
    if high <= low:
        return np.full(ranges - 1, np.inf)  # a constant image: everything is the darkest range
    counts, edges = np.histogram(image, bins=bins, range=(low, high))
    cuts = _best_cuts(_gains(counts, (edges[:-1] + edges[1:]) / 2), ranges)
    return edges[cuts]


def _gains(counts: NDArray[np.integer], centres: Floats) -> Floats:
    """What the range of bins [i, j) adds to the variance between ranges, (bins + 1, bins + 1)."""
    mass = np.concatenate([[0.0], np.cumsum(counts)])
    moment = np.concatenate([[0.0], np.cumsum(counts * centres)])
    weight, total = mass[None] - mass[:, None], moment[None] - moment[:, None]
    gains = np.where(weight > 0, total**2 / np.where(weight > 0, weight, 1), 0.0)
    backwards = np.tri(len(mass), dtype=bool)  # a range ends after it starts
    return np.where(backwards, -np.inf, gains)


def _best_cuts(gains: Floats, ranges: int) -> list[int]:
    """Bin indices of the inner cuts; of several best ones the lowest."""
    best, starts = gains[0], []
    for _ in range(ranges - 1):
        through = best[:, None] + gains  # the last range starts at i and ends at j
        starts.append(through.argmax(0))
        best = through.max(0)
    cuts, end = [], len(gains) - 1
    for start in reversed(starts):
        end = int(start[end])
        cuts.append(end)
    return cuts[::-1]
