"""Scanner augmentation: the mask stays, brightness stops meaning anything."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from stagewright.stages.train import Augment, AugmentInputs
from stagewright_plugins.train.augment.scanner import scanner

NOTHING = {"repaint": 0.0, "texture": 0.0, "bias": 0.0, "blur": 0.0, "noise": 0.0}


def augment(**settings: Any) -> Augment:
    task = SimpleNamespace(classes=("background", "grey", "white"), ignore_index=255)
    return scanner(AugmentInputs(task), **settings)  # type: ignore[arg-type]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """White in grey, with a hole of background in the white; brighter towards the middle."""
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    distance = ((y - 32) ** 2 + (x - 32) ** 2) ** 0.5
    target = (distance < 26).long() + (distance < 15).long()
    target[distance < 3] = 0
    return torch.tensor([0.1, 0.5, 0.9])[target][None], target


def contrast(picture: torch.Tensor, target: torch.Tensor) -> float:
    return float(picture[0][target == 2].mean() - picture[0][target == 1].mean())


def test_the_mask_stays_and_the_picture_stays_a_picture(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    change, numbers = augment(), generator()
    for _ in range(20):
        picture, target = change(*pair, numbers)
        assert torch.equal(target, pair[1])
        assert picture.shape == pair[0].shape
        assert picture.dtype == torch.float32
        assert torch.isfinite(picture).all()
        assert picture.min() >= 0
        assert picture.max() <= 1


def test_repainting_turns_the_contrast_about_half_the_time(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    change, numbers = augment(**NOTHING | {"repaint": 1.0}), generator()
    brighter = [contrast(change(*pair, numbers)[0], pair[1]) > 0 for _ in range(200)]
    assert 70 < sum(brighter) < 130


def test_without_repainting_the_order_of_tissues_stays(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    change, numbers = augment(**NOTHING), generator()
    assert all(contrast(change(*pair, numbers)[0], pair[1]) > 0 for _ in range(50))


def test_fluid_inside_the_head_is_painted_and_air_outside_is_dark(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    change, numbers = augment(**NOTHING | {"repaint": 1.0}), generator()
    pictures = [change(*pair, numbers)[0][0] for _ in range(50)]
    assert max(float(picture[32, 32]) for picture in pictures) > 0.6
    assert max(float(picture[:4].max()) for picture in pictures) < 0.05


@pytest.mark.parametrize("what", ["bias", "blur", "noise"])
def test_every_setting_changes_the_picture(pair: tuple[torch.Tensor, torch.Tensor], what: str) -> None:
    plain, changed = augment(**NOTHING), augment(**NOTHING | {what: 1.0})
    differences = [
        (plain(*pair, generator(seed))[0] - changed(*pair, generator(seed))[0]).abs().mean()
        for seed in range(20)
    ]
    assert max(differences) > 0.01


def test_ignored_pixels_and_an_empty_mask_are_no_trouble(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    for target in (torch.zeros_like(pair[1]), torch.full_like(pair[1], 255)):
        picture, same = augment(repaint=1.0)(pair[0], target, generator())
        assert torch.isfinite(picture).all()
        assert torch.equal(same, target)


def test_the_generator_decides(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    change = augment()
    first, again, other = (change(*pair, generator(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
