"""Focal loss by its formula, cross entropy at gamma 0, and a slope everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright_plugins.train.loss.focal import focal

LOGITS = torch.randn(2, 2, 4, 5, generator=torch.Generator().manual_seed(0))
TARGET = torch.arange(40).view(2, 4, 5) % 2


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_it_is_its_formula(make_task: Callable[..., Task], gamma: float) -> None:
    right = LOGITS.softmax(1).gather(1, TARGET[:, None])[:, 0]
    expected = (-((1 - right) ** gamma) * right.log()).mean()
    assert focal(make_task(), gamma=gamma)(LOGITS, TARGET).item() == pytest.approx(expected.item(), rel=1e-5)


def test_without_gamma_it_is_cross_entropy(make_task: Callable[..., Task]) -> None:
    expected = torch.nn.functional.cross_entropy(LOGITS, TARGET)
    assert focal(make_task(), gamma=0.0)(LOGITS, TARGET).item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_certain_and_ignored_pixels_have_a_finite_slope(make_task: Callable[..., Task], gamma: float) -> None:
    logits, target = LOGITS.clone(), TARGET.clone()
    logits[:, :, 0] = torch.tensor([200.0, -200.0]).view(1, 2, 1)
    target[:, 0] = 0
    target[:, 1] = 255
    logits.requires_grad_()
    focal(make_task(ignore_index=255), gamma=gamma)(logits, target).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[:, :, 2:].any()


def test_ignored_pixels_do_not_count(make_task: Callable[..., Task]) -> None:
    target = TARGET.clone()
    target[:, :2] = 255
    loss = focal(make_task(ignore_index=255))
    known = loss(LOGITS[:, :, 2:], target[:, 2:])
    assert loss(LOGITS, target).item() == pytest.approx(known.item(), rel=1e-5)
    assert loss(LOGITS, torch.full_like(TARGET, 255)).item() == 0
