"""Soft Dice and cross entropy, weighted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright_plugins.train.loss.cross_entropy import cross_entropy
from stagewright_plugins.train.loss.dice import dice
from stagewright_plugins.train.loss.dice_cross_entropy import dice_cross_entropy

LOGITS = torch.randn(2, 2, 4, 5, generator=torch.Generator().manual_seed(0))
TARGET = torch.arange(40).view(2, 4, 5) % 2


@pytest.mark.parametrize(("of_dice", "of_entropy"), [(1.0, 1.0), (0.5, 2.0), (0.0, 1.0)])
def test_it_is_the_sum_of_both(make_task: Callable[..., Task], of_dice: float, of_entropy: float) -> None:
    task, target = make_task(ignore_index=255), TARGET.clone()
    target[:, 0] = 255
    both = dice_cross_entropy(task, dice_weight=of_dice, cross_entropy_weight=of_entropy)
    expected = of_dice * dice(task)(LOGITS, target) + of_entropy * cross_entropy(task)(LOGITS, target)
    assert both(LOGITS, target).item() == pytest.approx(expected.item(), rel=1e-6)


def test_no_loss_is_right_about_everything(make_task: Callable[..., Task]) -> None:
    certain = 100.0 * torch.stack([TARGET == 0, TARGET == 1], dim=1).float()
    loss = dice_cross_entropy(make_task())
    assert loss(certain, TARGET).item() == pytest.approx(0, abs=1e-6)
    assert loss(-certain, TARGET).item() > 50
