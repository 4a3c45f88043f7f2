"""The simulated scanner: what it does to a head made of two balls."""

import dataclasses

import numpy as np
import pytest

from stagewright_plugins.imaging.scanner import (
    LEAST_CONTRAST,
    Anatomy,
    Scanner,
    acquire,
    draw_scanner,
    plain_slice,
)

SIZE = (48, 64)
PIXEL = 3.0


@pytest.fixture(scope="module")
def head() -> Anatomy:
    """White matter of 40 mm radius in grey matter of 60 mm, in a T1 picture."""
    distance = np.linalg.norm(np.mgrid[-75:76, -75:76, -75:76], axis=0)
    white = (distance < 40).astype(np.float32)
    grey = ((distance >= 40) & (distance < 60)).astype(np.float32)
    grain = np.random.default_rng(0).normal(0, 0.05, grey.shape).astype(np.float32)
    intensity = (0.65 + grain) * grey + (0.85 + grain) * white
    return Anatomy(intensity, grey, white, origin=(75, 75, 75))


def clean(scanner: Scanner) -> Scanner:
    """The same scanner and head, but nothing spoils the picture."""
    return dataclasses.replace(scanner, bias=0, noise=0, sharpness=(1, 1), thickness=1, ghost=0, texture=0)


def take(head: Anatomy, scanner: Scanner, height: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    return acquire(head, scanner, height, SIZE, PIXEL, np.random.default_rng(0))


def drawn(seed: int = 0, order: int = 0, strength: float = 1.0) -> Scanner:
    return draw_scanner(np.random.default_rng(seed), order, strength)


def test_picture_and_classes_have_the_asked_size_and_type(head: Anatomy) -> None:
    picture, target = take(head, drawn())
    assert picture.shape == target.shape == SIZE
    assert picture.dtype == target.dtype == np.uint8
    assert set(np.unique(target)) == {0, 1, 2}


def test_a_plain_slice_shows_the_template_where_it_is(head: Anatomy) -> None:
    picture, target = plain_slice(head, 0.0, SIZE, PIXEL)
    assert (target == 2).sum() * PIXEL**2 == pytest.approx(np.pi * 40**2, rel=0.03)
    assert (target == 1).sum() * PIXEL**2 == pytest.approx(np.pi * (60**2 - 40**2), rel=0.03)
    assert picture[target == 2].mean() > picture[target == 1].mean() > picture[target == 0].mean()


@pytest.mark.parametrize("order", range(6))
def test_tissues_are_as_bright_as_the_scanner_says(head: Anatomy, order: int) -> None:
    scanner = clean(drawn(3, order))
    picture, target = take(head, scanner)
    _, grey, white = scanner.intensities
    seen = np.median(picture[target == 2]) / np.median(picture[target == 1])
    assert seen == pytest.approx(white / grey, rel=0.05)


def test_the_six_orders_give_the_six_contrasts() -> None:
    scanners = [drawn(seed, order) for order in range(6) for seed in range(5)]
    assert len({scanner.tissue_order for scanner in scanners}) == 6
    assert len({drawn(seed, 4).tissue_order for seed in range(5)}) == 1
    assert all(abs(s.intensities[1] - s.intensities[2]) >= LEAST_CONTRAST for s in scanners)


def test_no_two_scanners_hold_the_same_head(head: Anatomy) -> None:
    first, second = (take(head, drawn(seed))[1] for seed in (1, 2))
    assert (first != second).mean() > 0.02


def test_spoiling_leaves_the_classes_alone(head: Anatomy) -> None:
    scanner = drawn(1)
    assert np.array_equal(take(head, scanner)[1], take(head, clean(scanner))[1])


@pytest.mark.parametrize(
    "change",
    [
        {"bias": 0.4},
        {"noise": 0.1},
        {"sharpness": (0.5, 1.0)},
        {"thickness": 8.0},
        {"ghost": 0.2},
        {"texture": 1.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_artefact_changes_the_picture(head: Anatomy, change: dict[str, object]) -> None:
    scanner = clean(drawn(1))
    before, after = (
        take(head, s, 30.0)[0].astype(float) for s in (scanner, dataclasses.replace(scanner, **change))
    )
    assert np.abs(before - after).mean() > 1


def test_noise_is_rician(head: Anatomy) -> None:
    """In air only noise is left, and its magnitude is Rayleigh: mean over deviation is 1.91."""
    air = dataclasses.replace(head, intensity=0 * head.intensity, grey=0 * head.grey, white=0 * head.white)
    picture = take(air, dataclasses.replace(clean(drawn()), noise=0.1))[0].astype(float)
    assert picture.mean() / picture.std() == pytest.approx(1.91, rel=0.05)


def test_a_ghost_is_a_copy_half_a_picture_away(head: Anatomy) -> None:
    scanner = dataclasses.replace(clean(drawn()), affine=0.5 * np.eye(3) + np.eye(3), shift=np.zeros(3))
    still, ghost = (take(head, dataclasses.replace(scanner, ghost=g))[0].astype(float) for g in (0.0, 0.2))
    dark = still < 1
    copy = np.roll(still, SIZE[0] // 2, axis=0)
    assert np.corrcoef(ghost[dark], copy[dark])[0, 1] > 0.9


def test_a_weaker_simulation_spoils_less() -> None:
    strong, weak = ([drawn(seed, 0, s).noise for seed in range(50)] for s in (1.0, 0.2))
    assert np.mean(weak) < 0.3 * np.mean(strong)
