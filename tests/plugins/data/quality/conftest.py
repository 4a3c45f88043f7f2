"""Views of small pictures, written as rows of numbers, and a scene to blur, spoil and shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright_plugins.imaging.view import ImageView

CLASSES = ("background", "cell", "core")


def a_view(picture: Any = None, mask: Any = None, classes: tuple[str, ...] = CLASSES) -> ImageView:
    """A view of a grey picture (H, W), or one (C, H, W); black where only the mask matters."""
    target = None if mask is None else np.array(mask, dtype=np.uint8)
    if picture is None:
        picture = np.zeros_like(target)
    input = np.array(picture).clip(0, 255).round().astype(np.uint8)
    return ImageView(input if input.ndim == 3 else input[None], target, classes)


@pytest.fixture
def view() -> Any:
    return a_view


@pytest.fixture
def scene() -> np.ndarray:
    """Squares of random grey on grey, (96, 96) float, with sharp edges and no noise."""
    random = np.random.default_rng(3)
    picture = np.full((96, 96), 100.0)
    for _ in range(30):
        y, x, side = *random.integers(0, 80, 2), random.integers(5, 16)
        picture[y : y + side, x : x + side] = random.uniform(30, 220)
    return picture


@pytest.fixture
def disc() -> np.ndarray:
    """A disc of class 1 with a core of class 2, (96, 96)."""
    y, x = np.mgrid[:96, :96] - 47.5
    return ((np.hypot(y, x) < 30).astype(np.uint8) + (np.hypot(y, x) < 12)).astype(np.uint8)
