"""Metrics of the shape of objects."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from stagewright_plugins.data.quality.compactness import compactness
from stagewright_plugins.data.quality.elongation import elongation
from stagewright_plugins.data.quality.object_aspect_ratio import object_aspect_ratio
from stagewright_plugins.data.quality.solidity import solidity
from stagewright_plugins.data.quality.thinness import thinness


def rectangle(height: int, width: int) -> np.ndarray:
    mask = np.zeros((height + 4, width + 6), dtype=np.uint8)
    mask[2:-2, 3:-3] = 1
    return mask


@pytest.mark.parametrize("side", [1, 2, 7, 40])
def test_a_square_of_any_size_has_the_compactness_of_a_square(view: Any, side: int) -> None:
    assert compactness(view(mask=rectangle(side, side)))["cell"] == pytest.approx(3 / pi)


def test_compactness_of_a_line(view: Any) -> None:
    # second moments of a bar: (n^2 + 1) / 12 per pixel
    assert compactness(view(mask=rectangle(1, 12)))["cell"] == pytest.approx(12 / (2 * pi * (12**2 + 1) / 12))


def test_a_disc_is_most_compact(view: Any, disc: np.ndarray) -> None:
    whole = (disc > 0).astype(np.uint8)
    assert compactness(view(mask=whole))["cell"] == pytest.approx(1, abs=0.002)
    ragged = whole & (np.random.default_rng(0).random(whole.shape) > 0.4)
    assert compactness(view(mask=ragged))["cell"] < 0.7


def test_objects_count_by_their_size(view: Any) -> None:
    both = np.zeros((20, 30), dtype=np.uint8)
    both[2:8, 2:8] = 1  # 36 pixels of a square
    both[12, 2:14] = 1  # 12 of a line
    line = 12 / (2 * pi * (12**2 + 1) / 12)
    assert compactness(view(mask=both))["cell"] == pytest.approx((36 * 3 / pi + 12 * line) / 48)


@pytest.mark.parametrize(("height", "width"), [(2, 8), (8, 2), (5, 5), (1, 10)])
def test_elongation_of_a_rectangle(view: Any, height: int, width: int) -> None:
    expected = 1 - min(height, width) / max(height, width)
    assert elongation(view(mask=rectangle(height, width)))["cell"] == pytest.approx(expected, abs=1e-7)


def test_elongation_does_not_depend_on_direction(view: Any) -> None:
    bar = np.zeros((96, 96))
    bar[42:54, 20:76] = 1
    turned = ndimage.rotate(bar, 35, reshape=False, order=1) > 0.5
    assert elongation(view(mask=turned))["cell"] == pytest.approx(
        elongation(view(mask=bar))["cell"], abs=0.02
    )


def test_aspect_ratio_is_of_the_largest_objects_box(view: Any) -> None:
    mask = rectangle(2, 8)
    mask[0, 0] = 1
    assert object_aspect_ratio(view(mask=mask)) == {"cell": 4, "core": 0}


def test_solidity_by_hand(view: Any) -> None:
    corner = np.zeros((5, 5))
    corner[1:4, 1] = corner[3, 1:4] = 1  # 5 pixels; their hull is 3 x 3 less a triangle of 2
    assert solidity(view(mask=corner))["cell"] == pytest.approx(5 / 7)
    assert solidity(view(mask=rectangle(3, 7)))["cell"] == pytest.approx(1)


def test_a_bite_lowers_solidity(view: Any, disc: np.ndarray) -> None:
    whole = (disc > 0).astype(np.uint8)
    bitten = whole.copy()
    bitten[40:56, 48:] = 0
    assert solidity(view(mask=bitten))["cell"] < solidity(view(mask=whole))["cell"] - 0.1


def test_thinness_by_hand(view: Any) -> None:
    assert thinness(view(mask=rectangle(3, 3)))["cell"] == pytest.approx(8 / 9)
    assert thinness(view(mask=rectangle(1, 7)))["cell"] == 1


def test_opening_thick_shapes_makes_them_thin(view: Any, disc: np.ndarray) -> None:
    whole = disc > 0
    shell = whole & ~ndimage.binary_erosion(whole, iterations=2)
    assert thinness(view(mask=whole))["cell"] < 0.1 < 0.6 < thinness(view(mask=shell))["cell"]


def test_the_pictures_edge_is_no_outline(view: Any) -> None:
    assert thinness(view(mask=np.ones((6, 6)))) == {"cell": 0, "core": 0}
