"""Metrics of the picture as a whole: size, direction, and the control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage, stats

from stagewright_plugins.data.quality.aspect_ratio import aspect_ratio
from stagewright_plugins.data.quality.control import control
from stagewright_plugins.data.quality.resolution import resolution
from stagewright_plugins.data.quality.tilt import tilt
from stagewright_plugins.imaging.view import ImageView


def test_size_is_that_of_the_original_where_it_is_known() -> None:
    pixels = np.zeros((1, 96, 96), np.uint8)
    known = ImageView(pixels, None, ("a",), original_size=(480, 640))
    assert (aspect_ratio(known), resolution(known)) == (pytest.approx(4 / 3), 307_200)
    unknown = ImageView(pixels, None, ("a",))
    assert (aspect_ratio(unknown), resolution(unknown)) == (1, 9216)


@pytest.mark.parametrize("angle", [-30, -10, 0, 5, 20, 40])
def test_tilt_finds_how_far_a_bar_was_turned(view: Any, angle: int) -> None:
    bar = np.zeros((96, 96))
    bar[42:54, 10:86] = 200
    turned = ndimage.rotate(bar, -angle, reshape=False, order=1)  # scipy turns anticlockwise as displayed
    assert tilt(view(turned)) == pytest.approx(angle, abs=0.5)
    assert tilt(view(turned.T)) == pytest.approx(-angle, abs=0.5)


def test_tilt_by_hand(view: Any) -> None:
    assert tilt(view(255 * np.eye(5))) == pytest.approx(45)


def test_a_disc_has_no_tilt(view: Any, disc: np.ndarray) -> None:
    noisy = 100 * disc + np.random.default_rng(0).normal(0, 5, disc.shape)
    assert tilt(view(noisy)) == 0


def test_the_control_is_even_and_repeats(view: Any) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (400, 1, 8, 8))
    values = [control(view(picture)) for picture in pictures]
    assert stats.kstest(values, "uniform").pvalue > 0.01
    assert control(view(pictures[7])) == values[7]
    assert len(set(values)) == 400
