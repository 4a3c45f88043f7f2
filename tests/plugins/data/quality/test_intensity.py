"""Metrics of the histogram, and of how flat a picture is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright_plugins.data.quality.brightness import brightness
from stagewright_plugins.data.quality.clipped import clipped
from stagewright_plugins.data.quality.contrast import contrast
from stagewright_plugins.data.quality.dynamic_range import dynamic_range
from stagewright_plugins.data.quality.entropy import entropy
from stagewright_plugins.data.quality.uniformity import uniformity


def test_brightness_is_the_mean(view: Any) -> None:
    assert brightness(view([[0, 255], [51, 102]])) == pytest.approx((1 + 0.2 + 0.4) / 4)


def test_brightness_weighs_colours_as_luma(view: Any) -> None:
    green = np.zeros((3, 4, 4))
    green[1] = 255
    assert brightness(view(green)) == pytest.approx(0.587, abs=1 / 255)


def test_a_brighter_picture_is_brighter(view: Any, scene: np.ndarray) -> None:
    assert brightness(view(scene + 20)) == pytest.approx(brightness(view(scene)) + 20 / 255, abs=1e-3)


def test_contrast_is_the_standard_deviation(view: Any, scene: np.ndarray) -> None:
    assert contrast(view([[0, 255]])) == pytest.approx(0.5)
    assert contrast(view([[0, 0, 0, 255]])) == pytest.approx(np.sqrt(3) / 4)
    assert contrast(view(scene)) == pytest.approx(scene.round().std() / 255, rel=1e-6)


def test_contrast_ignores_brightness_and_follows_scale(view: Any, scene: np.ndarray) -> None:
    assert contrast(view(scene + 30)) == pytest.approx(contrast(view(scene)), rel=1e-3)
    assert contrast(view(scene / 2)) == pytest.approx(contrast(view(scene)) / 2, rel=1e-2)


@pytest.mark.parametrize("levels", [1, 2, 4, 256])
def test_entropy_counts_the_bits(view: Any, levels: int) -> None:
    picture = np.repeat(np.arange(levels), 256 // levels).reshape(16, 16)
    assert entropy(view(picture)) == pytest.approx(np.log2(levels))


def test_fewer_levels_carry_less(view: Any, scene: np.ndarray) -> None:
    assert entropy(view(scene // 64 * 64)) < entropy(view(scene))


def test_dynamic_range_leaves_out_an_end_of_each_side(view: Any) -> None:
    picture = np.arange(100).reshape(10, 10)  # one pixel of 100 is left out at each end: 1 to 98 remain
    assert dynamic_range(view(picture)) == pytest.approx(97 / 255)
    assert dynamic_range(view(picture), outside=0) == pytest.approx(99 / 255)
    assert dynamic_range(view(picture), outside=0.1) == pytest.approx(79 / 255)


def test_one_stray_pixel_does_not_widen_the_range(view: Any, scene: np.ndarray) -> None:
    stray = scene.copy()
    stray[0, 0] = 255
    assert dynamic_range(view(stray)) == dynamic_range(view(scene))
    assert dynamic_range(view(stray), outside=0) > dynamic_range(view(scene), outside=0)


def test_clipped_counts_both_ends(view: Any) -> None:
    picture = [[0, 0, 5, 255], [1, 128, 250, 254]]
    assert clipped(view(picture)) == {"dark": 2 / 8, "bright": 1 / 8}
    assert clipped(view(picture), margin=5) == {"dark": 4 / 8, "bright": 3 / 8}


def test_overexposure_clips(view: Any, scene: np.ndarray) -> None:
    assert clipped(view(scene))["bright"] == 0
    assert clipped(view(scene * 2))["bright"] > 0.1


def test_uniformity_counts_pixels_far_from_any_detail(view: Any) -> None:
    picture = np.zeros((15, 15))
    picture[7, 7] = 255  # seen from the 7 x 7 pixels around it
    assert uniformity(view(picture)) == pytest.approx(1 - 49 / 225)


def test_noise_leaves_nothing_uniform(view: Any, scene: np.ndarray) -> None:
    noisy = scene + np.random.default_rng(0).normal(0, 10, scene.shape)
    assert uniformity(view(scene)) > 0.1
    assert uniformity(view(noisy)) == 0
    assert uniformity(view(noisy), threshold=0.5) == 1
