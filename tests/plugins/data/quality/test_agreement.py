"""Metrics of how well a mask fits its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright_plugins.data.quality.boundary_contrast import boundary_contrast
from stagewright_plugins.data.quality.foreground_contrast import foreground_contrast


def painted(disc: np.ndarray, sigma: float = 8) -> np.ndarray:
    return 60 + 50 * disc + np.random.default_rng(0).normal(0, sigma, disc.shape)


def test_foreground_contrast_by_hand(view: Any) -> None:
    # cell is one of two white pixels: 1/4 and 3/4 of the pixels, 1/2 from the mean, variance 1/4
    found = foreground_contrast(view([[0, 0, 255, 255]], [[0, 0, 0, 1]]))
    assert found == {"cell": pytest.approx(0.25 / 0.75 * 0.25 / 0.25), "core": 0}
    assert foreground_contrast(view([[0, 0, 255, 255]], [[0, 0, 1, 1]]))["cell"] == pytest.approx(1)


def test_foreground_contrast_ignores_brightness_and_contrast(view: Any, disc: np.ndarray) -> None:
    whole = (disc > 0).astype(np.uint8)
    first = foreground_contrast(view(painted(disc), whole))["cell"]
    second = foreground_contrast(view(painted(disc) / 2 + 90, whole))["cell"]
    assert second == pytest.approx(first, abs=0.01)


def test_noise_lowers_foreground_contrast(view: Any, disc: np.ndarray) -> None:
    found = [foreground_contrast(view(painted(disc, sigma), disc))["core"] for sigma in (2, 20, 50)]
    assert found == sorted(found, reverse=True)


def test_boundary_contrast_by_hand(view: Any) -> None:
    step, mask = np.zeros((10, 10)), np.zeros((10, 10))
    step[:, 5:], mask[:, 5:] = 255, 1  # the gradient lies in the two columns that are the outline
    assert boundary_contrast(view(step, mask)) == pytest.approx(5)


def test_a_shifted_mask_lowers_boundary_contrast(view: Any, disc: np.ndarray) -> None:
    found = [boundary_contrast(view(painted(disc), np.roll(disc, shift, 1))) for shift in (0, 1, 3, 6)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 3 * found[-1] / 2


def test_outlines_anywhere_are_about_one(view: Any) -> None:
    random = np.random.default_rng(0)
    noise, mask = random.integers(0, 256, (96, 96)), random.integers(0, 2, (96, 96))
    assert boundary_contrast(view(noise, mask)) == pytest.approx(1, abs=0.05)
