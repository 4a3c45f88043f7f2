"""One view per picture: derived once, never changed."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from stagewright_plugins.imaging.view import ImageView, derived

CLASSES = ("background", "cell")
PIXELS = np.random.default_rng(0).integers(0, 256, (1, 20, 30), dtype=np.uint8)
MASK = (np.random.default_rng(1).random((20, 30)) > 0.7).astype(np.uint8)
DERIVED = sorted(name for name, value in vars(ImageView).items() if isinstance(value, derived))


@pytest.fixture
def view() -> ImageView:
    return ImageView(PIXELS, MASK, CLASSES)


@pytest.mark.parametrize("name", DERIVED)
def test_everything_is_derived_once(view: ImageView, name: str) -> None:
    assert getattr(view, name) is getattr(view, name)


def test_nothing_is_derived_before_it_is_asked_for(view: ImageView) -> None:
    assert not set(DERIVED) & vars(view).keys()
    assert view.mean
    assert set(DERIVED) & vars(view).keys() == {"mean", "histogram"}


@pytest.mark.parametrize("name", ["input", "target", *DERIVED])
def test_arrays_are_read_only(view: ImageView, name: str) -> None:
    value = getattr(view, name)
    if isinstance(value, np.ndarray):
        with pytest.raises(ValueError, match="read-only"):
            value[...] = 0


def test_the_callers_arrays_stay_writable() -> None:
    pixels, mask = PIXELS.copy(), MASK.copy()
    ImageView(pixels, mask, CLASSES)
    pixels[0, 0, 0] = mask[0, 0] = 1


def test_a_view_does_not_change(view: ImageView) -> None:
    with pytest.raises(AttributeError, match="does not change"):
        view.input = PIXELS  # type: ignore[misc]


def test_derived_pictures_equal_their_definitions(view: ImageView) -> None:
    grey = PIXELS[0] / 255
    np.testing.assert_allclose(view.grey, grey, atol=1e-6)
    np.testing.assert_allclose([view.mean, view.std], [grey.mean(), grey.std()], rtol=1e-9)
    np.testing.assert_allclose(view.laplacian, ndimage.laplace(grey, mode="nearest"), atol=1e-5)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(grey, 3, mode="edge"), (7, 7))
    np.testing.assert_allclose(view.local_std, windows.std(axis=(2, 3)), atol=1e-5)
    assert view.histogram[5] == (PIXELS == 5).sum()
    assert view.pixels.tolist() == [(MASK == 0).sum(), MASK.sum()]


def test_the_gradient_of_a_slope_is_its_slope() -> None:
    rows, columns = np.mgrid[:10, :10]
    slope = ImageView((3 * rows + 4 * columns).astype(np.uint8)[None], None, CLASSES)
    np.testing.assert_allclose(slope.gradient[1:-1, 1:-1], 5 / 255, rtol=1e-4)


def test_grey_of_colour_is_its_luma() -> None:
    colour = np.array([[[255]], [[100]], [[0]]], np.uint8)
    expected = (0.299 * 255 + 0.587 * 100) / 255
    np.testing.assert_allclose(ImageView(colour, None, CLASSES).grey, expected, rtol=1e-5)
    np.testing.assert_allclose(ImageView(colour[:2], None, CLASSES).grey, 355 / 2 / 255, rtol=1e-5)


def test_objects_equal_scipys_labels(view: ImageView) -> None:
    labels, count = ndimage.label(MASK, np.ones((3, 3)))
    found = view.objects[1]
    assert sorted(found.sizes) == sorted(np.bincount(labels.ravel())[1:])
    assert len(found.sizes) == count
    assert found.largest.sum() == found.sizes.max()


def test_the_boundary_has_neighbours_of_another_class() -> None:
    mask = np.zeros((5, 5), np.uint8)
    mask[2, 2] = 1
    plus = ImageView(np.zeros((1, 5, 5), np.uint8), mask, CLASSES).boundary
    assert np.argwhere(plus).tolist() == [[1, 2], [2, 1], [2, 2], [2, 3], [3, 2]]


def test_two_views_are_derived_at_the_same_time() -> None:
    """Each of two threads waits, inside a derived value, until the other is there, too."""
    meeting = threading.Barrier(2, timeout=5)

    class Slow:
        @derived
        def value(self) -> int:
            return meeting.wait()

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(Slow().value)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1]


@pytest.mark.parametrize(
    ("pixels", "mask", "says"),
    [
        (PIXELS[0], None, "C, H, W"),
        (PIXELS.astype(float), None, "float64"),
        (PIXELS[:, :0], None, "C, H, W"),
        (PIXELS, MASK[1:], "differ in size"),
    ],
)
def test_what_does_not_fit_is_refused(pixels: Any, mask: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ImageView(pixels, mask, CLASSES)


def test_a_picture_without_mask_says_so() -> None:
    with pytest.raises(ValueError, match="no mask"):
        _ = ImageView(PIXELS, None, CLASSES).objects
