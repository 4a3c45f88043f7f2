"""Geometric augmentation: picture and mask move together."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from stagewright.stages.train import Augment, AugmentInputs
from stagewright_plugins.train.augment.geometric import geometric

STILL = {"flip": 0.0, "rotate": 0.0, "scale": 0.0, "shift": 0.0, "elastic": 0.0}


def augment(ignore_index: int | None = None, **settings: Any) -> Augment:
    task = SimpleNamespace(classes=("background", "grey", "white"), ignore_index=ignore_index)
    return geometric(AugmentInputs(task), **settings)  # type: ignore[arg-type]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """A mask of two discs, off the middle, and a picture that shows it."""
    y, x = torch.meshgrid(torch.arange(64), torch.arange(80), indexing="ij")
    target = torch.zeros(64, 80, dtype=torch.long)
    target[(y - 30) ** 2 + (x - 45) ** 2 < 22**2] = 1
    target[(y - 26) ** 2 + (x - 50) ** 2 < 9**2] = 2
    return target[None] / 2.0, target


def test_nothing_moves_when_nothing_is_asked(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    picture, target = augment(**STILL)(*pair, generator())
    assert torch.allclose(picture, pair[0], atol=1e-5)
    assert torch.equal(target, pair[1])


def test_a_flip_is_a_mirror(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    picture, target = augment(**STILL | {"flip": 1.0})(*pair, generator())
    assert torch.allclose(picture, pair[0].flip(-1), atol=1e-5)
    assert torch.equal(target, pair[1].flip(-1))


@pytest.mark.parametrize("what", ["rotate", "scale", "shift", "elastic"])
def test_picture_and_mask_move_together(pair: tuple[torch.Tensor, torch.Tensor], what: str) -> None:
    moves = {"rotate": 90.0, "scale": 0.3, "shift": 0.2, "elastic": 0.03}
    picture, target = augment(**STILL | {what: moves[what]})(*pair, generator(3))
    assert (target != pair[1]).float().mean() > 0.01
    assert ((picture[0] * 2).round().long() == target).float().mean() > 0.97
    assert picture.shape == pair[0].shape
    assert target.dtype == torch.int64


def test_a_turn_keeps_the_area_of_a_picture_that_is_not_square(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    _, target = augment(**STILL | {"rotate": 40.0})(*pair, generator(1))
    assert (target == 2).sum() == pytest.approx((pair[1] == 2).sum().item(), rel=0.05)


@pytest.mark.parametrize(("ignore_index", "expected"), [(None, 0), (255, 255)])
def test_what_comes_from_outside_is_not_taken_for_tissue(ignore_index: int | None, expected: int) -> None:
    full = torch.ones(1, 32, 32), torch.ones(32, 32, dtype=torch.long)
    _, target = augment(ignore_index, **STILL | {"shift": 0.5})(*full, generator(1))
    assert set(target.unique().tolist()) == {1, expected}


def test_the_generator_decides(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    change = augment()
    first, again, other = (change(*pair, generator(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
