"""A copy is found however it was made; a different picture is not taken for one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from stagewright.stages.data import DuplicatesInputs
from stagewright_plugins.data.duplicates._hash import hashes
from stagewright_plugins.data.duplicates._likeness import alike
from stagewright_plugins.data.duplicates.perceptual_hash import perceptual_hash

COUNT = 40


def scenes(count: int = COUNT, size: tuple[int, int] = (96, 96), seed: int = 0) -> np.ndarray:
    """Blurred noise of coarse and fine detail, each picture another."""
    random = np.random.default_rng(seed)
    noise = random.normal(0, 1, (count, *size))
    picture = 8 * ndimage.gaussian_filter(noise, (0, 8, 8)) + ndimage.gaussian_filter(noise, (0, 2, 2))
    spread = np.abs(picture).max(axis=(1, 2), keepdims=True)
    return (110 + 90 * picture / spread).round().astype(np.uint8)


def pairs(pictures: np.ndarray, **settings: float) -> dict[tuple[int, int], float]:
    ids = [str(row) for row in range(len(pictures))]
    found = perceptual_hash(DuplicatesInputs(ids, pictures), **settings).pairs
    return {(int(first), int(second)): distance for first, second, distance in found}


def jpeg(picture: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))


def scaled(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    smaller = image.resize((72, 72), Image.Resampling.BILINEAR)
    return np.asarray(smaller.resize(image.size, Image.Resampling.BILINEAR))


def brighter(share: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda picture: np.clip(picture * (1 + share), 0, 255).astype(np.uint8)


def shifted(down: int, right: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda picture: ndimage.shift(picture, (down, right), order=0, mode="nearest")


EDITS = {
    "encoded again": jpeg,
    "rescaled": scaled,
    "5 % brighter": brighter(0.05),
    "5 % darker": brighter(-0.05),
    "moved right": shifted(0, 1),
    "moved up": shifted(-1, 0),
    "moved both ways": shifted(1, -1),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_copy_is_found_and_nothing_else(edit: str) -> None:
    pictures = scenes()
    edited = np.stack([EDITS[edit](picture) for picture in pictures])
    assert pairs(np.concatenate([pictures, edited])).keys() == {(row, row + COUNT) for row in range(COUNT)}


@pytest.mark.parametrize("edit", EDITS)
def test_copies_of_slices_are_found(edit: str, slices: np.ndarray) -> None:
    edited = np.stack([EDITS[edit](picture) for picture in slices])
    found = pairs(np.concatenate([slices, edited])).keys()
    count = len(slices)
    assert len(found & {(row, row + count) for row in range(count)}) >= 0.95 * count


def test_one_head_in_many_scanners_is_no_copy(slices: np.ndarray) -> None:
    assert pairs(slices) == {}


def test_encoding_a_symmetric_picture_turns_few_bits(template: np.ndarray) -> None:
    again = np.stack([jpeg(picture) for picture in template])
    assert np.bitwise_count(hashes(template) ^ hashes(again)).max() <= 3


def test_slices_of_the_template_3_mm_apart_are_no_copies(template: np.ndarray) -> None:
    assert pairs(template) == {}


def test_exact_copies_are_all_named_with_distance_0() -> None:
    pictures = scenes()[[0, 1, 0, 2, 0]]
    assert pairs(pictures) == {(0, 2): 0, (0, 4): 0, (2, 4): 0}


def test_equal_to_comparing_all_with_all() -> None:
    blends = np.linspace(0, 1, 60)[:, None, None]
    first, last = scenes(2)
    row = (first * (1 - blends) + last * blends).round().astype(np.uint8)  # neighbours are near copies
    pictures = np.concatenate([row, scenes(30, seed=5), row[::7]])
    first_rows, second_rows = np.triu_indices(len(pictures), 1)
    marks = hashes(pictures)
    bits = np.bitwise_count(marks[first_rows] ^ marks[second_rows])
    near = (bits <= 10) & alike(pictures, first_rows, second_rows, 0.995, 1)
    expected = zip(first_rows[near].tolist(), second_rows[near].tolist(), strict=True)
    found = pairs(pictures)
    assert found == dict(zip(expected, bits[near].astype(float).tolist(), strict=True))
    assert len(found) > 60


def test_settings_loosen_and_tighten() -> None:
    pictures = np.concatenate([scenes(), np.stack([shifted(2, 0)(picture) for picture in scenes()])])
    assert len(pairs(pictures, max_shift=2, max_distance=16)) == COUNT
    assert pairs(pictures, max_shift=0) == {}
    assert len(pairs(pictures, max_shift=0, min_correlation=0.5, max_distance=16)) >= 0.9 * COUNT
    assert len(pairs(pictures, max_shift=2, max_distance=0)) < COUNT


def test_flat_pictures_are_compared_by_level() -> None:
    levels = np.array([0, 5, 100, 110, 200], dtype=np.uint8)
    flat = np.broadcast_to(levels[:, None, None], (5, 24, 24))
    assert pairs(flat) == {(0, 1): 0, (2, 3): 0}
    assert pairs(np.concatenate([flat[:1], scenes(3, (24, 24))])) == {}


@pytest.mark.parametrize("size", [(96, 40), (20, 31), (8, 8), (200, 128)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    pictures = scenes(12, size)
    found = pairs(np.concatenate([pictures, np.stack([brighter(0.04)(p) for p in pictures])]))
    assert found.keys() >= {(row, row + 12) for row in range(12)}


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_for_a_pair(count: int) -> None:
    assert pairs(scenes(2)[:count]) == {}


def test_pictures_may_lie_on_disk(tmp_path: Path) -> None:
    pictures = scenes()[[*range(COUNT), 3]]
    np.save(tmp_path / "pictures.npy", pictures)
    assert pairs(np.load(tmp_path / "pictures.npy", mmap_mode="r")) == pairs(pictures) == {(3, COUNT): 0}


@pytest.fixture(scope="module")
def slices() -> np.ndarray:
    """Six levels of one head in eight scanners, (48, 96, 96)."""
    pytest.importorskip("nilearn")
    from stagewright_plugins.data.source.nilearn_template_slices import _template
    from stagewright_plugins.imaging.scanner import acquire, draw_scanner

    pictures = []
    for number in range(8):
        scanner = draw_scanner(np.random.default_rng([1, number]), number)
        for level in np.linspace(-25, 60, 6):
            noise = np.random.default_rng([1, number, int(level) + 99])
            pictures.append(acquire(_template(), scanner, level, (96, 96), 2.0, noise)[0])
    return np.stack(pictures)


@pytest.fixture(scope="module")
def template() -> np.ndarray:
    """Slices of the plain, symmetric template, 3 mm apart."""
    pytest.importorskip("nilearn")
    from stagewright_plugins.data.source.nilearn_template_slices import _template
    from stagewright_plugins.imaging.scanner import plain_slice

    return np.stack([plain_slice(_template(), z, (96, 96), 2.0)[0] for z in np.arange(-30, 66, 3.0)])
