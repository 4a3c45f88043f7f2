"""Soft Dice against a sum done by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright_plugins.train.loss.dice import dice

SURE = 50.0  # a logit that leaves no doubt


def logits_of(labels: torch.Tensor) -> torch.Tensor:
    """(N, H, W) → (N, 2, H, W), certain."""
    return SURE * torch.stack([labels == 0, labels == 1], dim=1).float()


def test_four_pixels_by_hand(make_task: Callable[..., Task]) -> None:
    cell = torch.tensor([0.9, 0.6, 0.3, 0.2])  # probability of the class cell
    logits = torch.stack([torch.zeros(4), torch.logit(cell)]).view(1, 2, 2, 2)
    target = torch.tensor([[[1, 0], [1, 0]]])
    of_cell = (2 * (0.9 + 0.3) + 1) / (2.0 + 2 + 1)
    of_background = (2 * (0.4 + 0.8) + 1) / (2.0 + 2 + 1)
    found = dice(make_task())(logits, target).item()
    assert found == pytest.approx(1 - (of_cell + of_background) / 2, abs=1e-6)


def test_right_costs_nothing_and_wrong_nearly_one(make_task: Callable[..., Task]) -> None:
    target = torch.arange(128).view(2, 8, 8) % 2
    loss = dice(make_task())
    assert loss(logits_of(target), target).item() == pytest.approx(0, abs=1e-6)
    assert loss(logits_of(1 - target), target).item() == pytest.approx(1 - 1 / 129, abs=1e-6)


def test_a_class_that_is_nowhere_costs_nothing(make_task: Callable[..., Task]) -> None:
    target = torch.zeros(1, 4, 4, dtype=torch.long)
    assert dice(make_task())(logits_of(target), target).item() == pytest.approx(0, abs=1e-6)


def test_overlap_is_counted_over_the_batch(make_task: Callable[..., Task]) -> None:
    """Not the mean over pictures: one without the class does not dilute the others."""
    target = torch.zeros(2, 4, 4, dtype=torch.long)
    target[0, :2] = 1
    said = target.clone()
    said[1, 0, 0] = 1
    of_cell, of_background = (2 * 8 + 1) / (8 + 9 + 1), (2 * 23 + 1) / (24 + 23 + 1)
    found = dice(make_task())(logits_of(said), target).item()
    assert found == pytest.approx(1 - (of_cell + of_background) / 2, abs=1e-6)


def test_ignored_pixels_do_not_count(make_task: Callable[..., Task]) -> None:
    random = torch.Generator().manual_seed(0)
    logits, target = torch.randn(2, 2, 4, 4, generator=random), torch.arange(32).view(2, 4, 4) % 2
    target[:, :, 2:] = 255
    known = dice(make_task())(logits[..., :2], target[..., :2])
    logits.requires_grad_()
    found = dice(make_task(ignore_index=255))(logits, target)
    found.backward()
    assert found.item() == pytest.approx(known.item(), abs=1e-6)
    assert logits.grad is not None
    assert not logits.grad[..., 2:].any()
