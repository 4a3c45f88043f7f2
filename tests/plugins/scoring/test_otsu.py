"""Thresholds against a search of every way to cut."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from stagewright_plugins.scoring.otsu import thresholds


def spread(image: np.ndarray, cuts: np.ndarray, bins: int) -> float:
    """Variance between ranges of the histogram, straight from its definition."""
    counts, edges = np.histogram(image, bins=bins, range=(image.min(), image.max()))
    centres = (edges[:-1] + edges[1:]) / 2
    index = np.digitize(centres, cuts)
    total = np.average(centres, weights=counts)
    parts = [
        (counts[index == i].sum(), centres[index == i], counts[index == i]) for i in range(len(cuts) + 1)
    ]
    return sum(n * (np.average(c, weights=w) - total) ** 2 for n, c, w in parts if n) / counts.sum()


@pytest.mark.parametrize(("ranges", "seed"), [(2, 0), (3, 1), (4, 2), (5, 3)])
def test_no_other_cuts_spread_the_ranges_further(ranges: int, seed: int) -> None:
    image = np.random.default_rng(seed).beta(2, 3, (24, 24)).astype(np.float32)
    bins = 16
    found = thresholds(image, ranges, bins)
    assert len(found) == ranges - 1
    assert (np.diff(found) > 0).all()
    edges = np.histogram(image, bins=bins, range=(image.min(), image.max()))[1]
    best = max(spread(image, np.array(cuts), bins) for cuts in combinations(edges[1:-1], ranges - 1))
    assert spread(image, found, bins) == pytest.approx(best, rel=1e-9)


def test_three_clear_modes_are_told_apart() -> None:
    random = np.random.default_rng(4)
    truth = random.integers(0, 3, (64, 64))
    image = (truth * 0.4 + 0.1 + random.normal(0, 0.03, truth.shape)).clip(0, 1)
    assert (np.digitize(image, thresholds(image, 3, 64)) == truth).mean() > 0.99


def test_a_constant_image_is_one_range() -> None:
    image = np.full((8, 8), 0.3)
    assert (np.digitize(image, thresholds(image, 3, 64)) == 0).all()
