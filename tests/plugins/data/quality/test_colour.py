"""Metrics of colour; pictures with other than three channels have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright_plugins.data.quality.colourfulness import colourfulness
from stagewright_plugins.data.quality.colours import colours
from stagewright_plugins.data.quality.saturation import saturation


def plain(*rgb: int) -> np.ndarray:
    return np.broadcast_to(np.array(rgb)[:, None, None], (3, 4, 4))


def test_colourfulness_by_hand(view: Any) -> None:
    # one colour has no spread; red: |(1, 0.5)| of the opponents' means, by 0.3
    assert colourfulness(view(plain(255, 0, 0))) == pytest.approx(0.3 * np.hypot(1, 0.5))
    two = np.concatenate([plain(255, 0, 0), plain(0, 255, 0)], axis=1)
    # red-green: +1 and -1; yellow-blue: 0.5 in both
    assert colourfulness(view(two)) == pytest.approx(1 + 0.3 * 0.5)


def test_grey_is_not_colourful(view: Any, scene: np.ndarray) -> None:
    assert colourfulness(view(np.stack([scene] * 3))) == 0
    assert saturation(view(np.stack([scene] * 3))) == 0
    assert colourfulness(view(scene)) == saturation(view(scene)) == 0


def test_fading_lowers_both(view: Any) -> None:
    vivid = np.random.default_rng(0).integers(0, 256, (3, 32, 32)).astype(float)
    faded = vivid.mean(axis=0) + 0.3 * (vivid - vivid.mean(axis=0))
    assert colourfulness(view(faded)) == pytest.approx(0.3 * colourfulness(view(vivid)), rel=0.02)
    assert saturation(view(faded)) < saturation(view(vivid))


def test_saturation_by_hand(view: Any) -> None:
    assert saturation(view(plain(200, 50, 100))) == pytest.approx(150 / 200)
    assert saturation(view(plain(0, 0, 0))) == 0


def test_colours_count_their_pixels(view: Any) -> None:
    stripes = np.concatenate(
        [plain(255, 0, 0), plain(0, 200, 0), plain(10, 10, 220), plain(90, 90, 90)], axis=2
    )
    assert colours(view(stripes)) == {"red": 0.25, "green": 0.25, "blue": 0.25}


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((200, 0, 50), "red"),  # hue 345
        ((255, 255, 0), ""),  # hue 60, yellow
        ((39, 0, 0), ""),  # too dark
        ((255, 210, 210), ""),  # too pale
        ((0, 255, 255), "blue"),  # hue 180
        ((255, 0, 255), ""),  # hue 300
    ],
)
def test_colours_by_hue(view: Any, rgb: tuple[int, int, int], expected: str) -> None:
    found = colours(view(plain(*rgb)))
    assert {name for name, share in found.items() if share} == ({expected} if expected else set())


def test_a_grey_picture_has_no_colours(view: Any) -> None:
    assert colours(view([[1, 2]])) == {"red": 0, "green": 0, "blue": 0}
