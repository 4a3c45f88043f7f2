"""All pairs of 64-bit hashes within a Hamming distance, without comparing all with all.

Cut a hash into `distance + k` parts: of two hashes within the distance, at least `k` parts are equal
(pigeonhole). So sorting by each choice of `k` parts brings every such pair together (Norouzi et al., 2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Hashes = NDArray[np.uint64]

BITS = 64
MOST_EQUAL = 4  # parts; with more, sorting by all choices costs more than it saves


def neighbours(hashes: Hashes, distance: int) -> tuple[Rows, Rows, Rows]:
    """(first row, second row, differing bits) of every pair within `distance`, sorted; first < second."""
    distinct, which = np.unique(hashes, return_inverse=True)
    members = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    pairs = [_within(rows) for rows in members if len(rows) > 1]
    pairs += [_between(members[a], members[b]) for a, b in zip(*_close(distinct, distance), strict=True)]
    first, second = np.concatenate(pairs, axis=1) if pairs else np.empty((2, 0), np.int64)
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    return first, second, np.bitwise_count(hashes[first] ^ hashes[second]).astype(np.int64)


def _within(rows: Rows) -> Rows:
    """All pairs among rows, (2, n)."""
    return rows[np.stack(np.triu_indices(len(rows), 1))]


def _between(rows: Rows, others: Rows) -> Rows:
    """All pairs of one of each, (2, n)."""
    return np.stack([np.repeat(rows, len(others)), np.tile(others, len(rows))])


def _close(distinct: Hashes, distance: int) -> tuple[Rows, Rows]:
    """Positions of pairs of different hashes within the distance, each pair once."""
    found = [np.empty(0, np.int64)]
    if distance:
        for mask in _masks(len(distinct), distance):
            found.append(_equal_parts(distinct, mask, distance))
    # One number per pair, so that pairs found by several choices of parts are kept once.
    keys = np.unique(np.concatenate(found))
    return keys // max(len(distinct), 1), keys % max(len(distinct), 1)


def _masks(count: int, distance: int) -> Iterator[np.uint64]:
    """Which bits must be equal: one mask for each choice of parts, cut as is cheapest for `count` hashes."""
    equal = min(range(1, MOST_EQUAL + 1), key=lambda k: _cost(count, distance, k))
    edges = np.linspace(0, BITS, distance + equal + 1).astype(int).tolist()
    parts = [((1 << (b - a)) - 1) << a for a, b in pairwise(edges)]
    for chosen in combinations(parts, equal):
        yield np.uint64(sum(chosen))


def _cost(count: int, distance: int, equal: int) -> float:
    """Steps expected if bits were random: sorting once per choice, and the pairs it brings together."""
    together = count**2 / 2 ** (BITS * equal / (distance + equal)) / 2
    return comb(distance + equal, equal) * (count * log2(count + 2) + together)


def _equal_parts(hashes: Hashes, mask: np.uint64, distance: int) -> Rows:
    """Pairs within the distance among hashes equal under the mask, each as one number."""
    keys = hashes & mask
    order = np.argsort(keys)
    keys, hashes = keys[order], hashes[order]
    found = []
    at, step = np.arange(len(keys)), 1
    # Compare each with the next, then the one after, as long as their keys are equal.
    while (at := at[at + step < len(keys)]).size and (at := at[keys[at] == keys[at + step]]).size:
        near = at[np.bitwise_count(hashes[at] ^ hashes[at + step]) <= distance]
        first, second = np.sort(np.stack([order[near], order[near + step]]), axis=0)
        found.append(first * len(hashes) + second)
        step += 1
    return np.concatenate(found) if found else np.empty(0, np.int64)
