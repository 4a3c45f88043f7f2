"""Metrics of edges, blur, noise and compression."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from stagewright_plugins.data.quality.blockiness import blockiness
from stagewright_plugins.data.quality.blur import blur
from stagewright_plugins.data.quality.edge_density import edge_density
from stagewright_plugins.data.quality.noise import noise
from stagewright_plugins.data.quality.sharpness import sharpness


def dot(side: int) -> np.ndarray:
    picture = np.zeros((side, side))
    picture[side // 2, side // 2] = 255
    return picture


def ramp() -> np.ndarray:
    return np.add.outer(2.0 * np.arange(40), 3.0 * np.arange(40))


def test_sharpness_is_the_variance_of_the_laplacian(view: Any) -> None:
    # -4 at the dot, 1 at its four neighbours, mean 0
    assert sharpness(view(dot(5))) == pytest.approx((16 + 4 * 1) / 25)


def test_sharpness_equals_scipys_laplacian(view: Any, scene: np.ndarray) -> None:
    expected = ndimage.laplace(scene.round() / 255).var()
    assert sharpness(view(scene)) == pytest.approx(expected, rel=1e-4)


def test_blur_lowers_sharpness_step_by_step(view: Any, scene: np.ndarray) -> None:
    found = [sharpness(view(ndimage.gaussian_filter(scene, sigma))) for sigma in (0, 0.5, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 20 * found[-1]


def test_blur_by_hand(view: Any) -> None:
    # 0 0 1 1 blurred by 3 is 0 1/3 2/3 1: the step of 1 loses 2/3, and no other exists
    assert blur(view([[0, 0, 255, 255]]), window=3) == pytest.approx(1 / 3)


def test_blur_rises_with_blur(view: Any, scene: np.ndarray) -> None:
    found = [blur(view(ndimage.gaussian_filter(scene, sigma))) for sigma in (0, 0.5, 1, 2, 4)]
    assert found == sorted(found)
    assert found[0] < 0.3 < 0.6 < found[-1]


def test_blur_along_one_axis_is_enough(view: Any, scene: np.ndarray) -> None:
    along = ndimage.gaussian_filter1d(scene, 3, axis=1)
    assert blur(view(along)) > blur(view(scene)) + 0.3


def test_blur_does_not_depend_on_contrast(view: Any, scene: np.ndarray) -> None:
    assert blur(view(scene / 2)) == pytest.approx(blur(view(scene)), abs=0.02)


def test_noise_by_hand(view: Any) -> None:
    assert noise(view(dot(3))) == pytest.approx(np.sqrt(np.pi / 2) / 6 * 4)


@pytest.mark.parametrize("sigma", [2, 5, 10, 20])
def test_noise_finds_its_standard_deviation(view: Any, sigma: int) -> None:
    picture = 128 + np.random.default_rng(1).normal(0, sigma, (256, 256))
    assert noise(view(picture)) * 255 == pytest.approx(sigma, rel=0.05)


def test_slopes_are_no_noise(view: Any) -> None:
    assert noise(view(ramp())) == pytest.approx(0, abs=1e-6)


def test_edge_density_by_hand(view: Any) -> None:
    step = np.zeros((10, 10))
    step[:, 5:] = 255  # Sobel: half of full scale on both sides of the step, in every row
    assert edge_density(view(step)) == 0.2
    assert edge_density(view(step), threshold=0.5) == 0.2
    assert edge_density(view(step), threshold=0.51) == 0


def test_more_objects_have_more_edges(view: Any, scene: np.ndarray) -> None:
    assert 0.05 < edge_density(view(scene)) < 0.6
    assert edge_density(view(ndimage.gaussian_filter(scene, 5))) < edge_density(view(scene)) / 2


def test_steps_only_between_blocks_are_blocks(view: Any) -> None:
    blocks = np.kron(np.random.default_rng(0).integers(0, 256, (4, 4)), np.ones((8, 8)))
    assert blockiness(view(blocks)) == 1
    assert blockiness(view(blocks), block=16) < 1
    assert blockiness(view(ramp())) == pytest.approx(0, abs=1e-5)


def test_blockiness_by_hand(view: Any) -> None:
    # one row of 16: a step of 30 at the border of two blocks, steps of 10 at 14 other places
    row = np.cumsum([0] + [10] * 7 + [30] + [10] * 7)
    assert blockiness(view([row])) == pytest.approx((30 - 10) / (30 + 10), abs=1e-6)


def test_compression_shows(view: Any, scene: np.ndarray) -> None:
    smooth = ndimage.gaussian_filter(scene, 2).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(smooth).save(file, "JPEG", quality=5)
    assert blockiness(view(np.asarray(Image.open(file)))) > blockiness(view(smooth)) + 0.1
