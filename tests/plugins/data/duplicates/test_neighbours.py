"""Pairs of near hashes are exactly those that comparing all with all finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagewright_plugins.data.duplicates import _neighbours
from stagewright_plugins.data.duplicates._neighbours import neighbours


def by_force(hashes: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    first, second = np.triu_indices(len(hashes), 1)
    bits = np.bitwise_count(hashes[first] ^ hashes[second])
    near = bits <= distance
    return list(zip(first[near].tolist(), second[near].tolist(), bits[near].tolist(), strict=True))


def by_parts(hashes: np.ndarray, distance: int) -> list[tuple[int, int, int]]:
    return list(zip(*(part.tolist() for part in neighbours(hashes, distance)), strict=True))


def crowd(seed: int, count: int, centres: int, flips: int) -> np.ndarray:
    """Hashes around a few centres, each with up to `flips` bits turned, some of them equal."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 2**64, centres, dtype=np.uint64)[random.integers(0, centres, count)]
    for _ in range(flips):
        turned = np.uint64(1) << random.integers(0, 64, count, dtype=np.uint64)
        hashes = np.where(random.random(count) < 0.7, hashes ^ turned, hashes)
    return hashes


@pytest.mark.parametrize("distance", [0, 1, 3, 6, 10, 16])
@pytest.mark.parametrize(("centres", "flips"), [(400, 0), (20, 4), (20, 12), (1, 6)])
def test_equal_to_comparing_all(distance: int, centres: int, flips: int) -> None:
    hashes = crowd(distance, 400, centres, flips)
    assert by_parts(hashes, distance) == by_force(hashes, distance)


@pytest.mark.parametrize("equal", [1, 2, 3, 4])
def test_equal_however_hashes_are_cut(monkeypatch: pytest.MonkeyPatch, equal: int) -> None:
    monkeypatch.setattr(_neighbours, "_cost", lambda count, distance, k: abs(k - equal))
    hashes = crowd(equal, 300, 10, 10)
    found = by_parts(hashes, 8)
    assert found == by_force(hashes, 8)
    assert {bits for _, _, bits in found} >= {4, 6, 8}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.integers(0, 63).map(lambda bit: 1 << bit) | st.integers(0, 2**64 - 1) | st.just(0), max_size=30
    ),
    st.integers(0, 16),
)
def test_equal_for_any_hashes(values: list[int], distance: int) -> None:
    hashes = np.array(values, dtype=np.uint64)
    assert by_parts(hashes, distance) == by_force(hashes, distance)


def test_no_quadratic_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    count_bits = np.bitwise_count

    def counted(values: np.ndarray) -> np.ndarray:
        compared.append(values.size)
        return count_bits(values)

    monkeypatch.setattr(np, "bitwise_count", counted)
    totals = []
    for count in (8_000, 32_000):
        compared.clear()
        neighbours(crowd(0, count, count, 0), 10)
        totals.append(sum(compared))
    assert totals[1] < 32_000**2 / 2 / 20
    assert totals[1] / totals[0] < 8  # 16 if all were compared with all
