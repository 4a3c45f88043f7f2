"""Boundary F1 on shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stagewright_plugins.scoring.boundary import BoundaryF1


def square(top: int, left: int, size: int = 20, side: int = 64) -> np.ndarray:
    mask = np.zeros((side, side), dtype=np.int64)
    mask[top : top + size, left : left + size] = 1
    return mask


def scored(
    found: np.ndarray, true: np.ndarray, tolerance: float = 0.0075, ignore: int | None = None
) -> list[float]:
    metric = BoundaryF1(2, tolerance, ignore)
    metric.update(torch.as_tensor(np.eye(2)[found].transpose(2, 0, 1)[None]), torch.as_tensor(true[None]))
    return [float(value) for value in metric.compute()]


def test_the_same_outline_is_right_and_one_pixel_off_is_not_with_a_smaller_reach() -> None:
    assert scored(square(20, 20), square(20, 20)) == [1.0, 1.0]
    # 0.0075 of the diagonal of 64 x 64 is 0.68 pixels: the two sides that moved are off.
    found = scored(square(20, 21), square(20, 20))[1]
    shared = 38 / 76  # of 76 outline pixels, 19 in the top and 19 in the bottom row are shared
    assert found == pytest.approx(shared)


def test_a_shift_within_the_tolerance_costs_nothing() -> None:
    assert scored(square(20, 22), square(20, 20), tolerance=2 / np.hypot(64, 64) + 1e-9)[1] == 1.0
    assert scored(square(20, 23), square(20, 20), tolerance=2 / np.hypot(64, 64) + 1e-9)[1] < 1.0


def test_an_invented_class_scores_nothing_and_an_absent_one_does_not_count() -> None:
    empty = np.zeros((64, 64), dtype=np.int64)
    assert scored(square(20, 20), empty)[1] == 0.0
    assert np.isnan(scored(empty, empty)).all()


def test_what_is_predicted_on_ignored_pixels_does_not_matter() -> None:
    true = square(20, 20)
    true[50:] = 255
    found = square(20, 20)
    found[55:60, 5:10] = 1
    assert scored(found, true, ignore=255)[1] == 1.0
    true[50:] = 0
    assert scored(found, true)[1] < 1.0
