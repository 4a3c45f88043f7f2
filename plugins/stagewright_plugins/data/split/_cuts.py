"""Where to cut blocks of samples that lie in the order of their hashes, so that shares are met."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Cuts = tuple[int, int]  # blocks before validation begins, and before test begins


def cuts(
    places: NDArray[np.float64], sizes: NDArray[np.int64], shares: Sequence[float], within: float
) -> Cuts:
    """The cuts at the shares themselves; where a split misses its share by more than `within`, the nearest that do.

    Of all cuts that leave each split within `within` of its share (or one sample), those that take the fewest samples
    across; where the blocks are too large for any, `within` grows until there are some. None leaves a split empty.

    Args:
        places: of the blocks, at least three, in [0, 1), rising.
        sizes: samples per block.
        shares: of the three splits.
        within: part of its share by which a split may miss it.
    """
    before = np.concatenate([[0], np.cumsum(sizes)])  # samples before each place where one can cut
    usual = plain(places, shares)
    while True:
        low, high = _bounds(int(before[-1]), shares, within)
        found = _nearest(before, usual, low, high)
        if found:
            return found
        within = max(within, 0.01) * 1.25


def plain(places: NDArray[np.float64], shares: Sequence[float]) -> Cuts:
    """The cuts at the shares themselves, whatever lies between them."""
    first, second = np.searchsorted(places, np.cumsum(shares)[:2], side="left")
    return int(first), int(second)


def _bounds(
    total: int, shares: Sequence[float], within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fewest and most samples per split."""
    wanted = np.array(shares) * total
    slack = np.maximum(within * wanted, 1)
    return wanted - slack, wanted + slack


def _nearest(
    before: NDArray[np.int64], usual: Cuts, low: NDArray[np.float64], high: NDArray[np.float64]
) -> Cuts | None:
    """The pair of cuts inside the bounds that takes the fewest samples across; None where there is none."""
    total, last = before[-1], len(before) - 1
    first = np.arange(1, last - 1)
    first = first[(before[first] >= low[0]) & (before[first] <= high[0])]
    # For every first cut, the range in which the second may lie.
    least = np.maximum(before[first] + low[1], total - high[2])
    most = np.minimum(before[first] + high[1], total - low[2])
    begin = np.maximum(np.searchsorted(before, least, side="left"), first + 1)
    end = np.minimum(np.searchsorted(before, most, side="right") - 1, last - 1)
    possible = begin <= end
    if not possible.any():
        return None
    first, second = first[possible], np.clip(usual[1], begin[possible], end[possible])
    moved = abs(before[first] - before[usual[0]]) + abs(before[second] - before[usual[1]])
    chosen = int(moved.argmin())
    return int(first[chosen]), int(second[chosen])
