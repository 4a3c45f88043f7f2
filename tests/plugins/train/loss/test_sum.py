"""A sum of losses: plugins of the recipe's choice, modules and functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.framing import Task
from stagewright_plugins.train.loss.cross_entropy import cross_entropy
from stagewright_plugins.train.loss.dice import dice
from stagewright_plugins.train.loss.sum import sum as sum_of

LOGITS = torch.randn(2, 2, 4, 5, generator=torch.Generator().manual_seed(0))
TARGET = torch.arange(40).view(2, 4, 5) % 2


def part(plugin: Any, **settings: Any) -> Component[Any, Any]:
    return Component("train.loss", plugin.__name__, settings, plugin)


def mean_logit(_task: Task, /) -> Any:
    """A loss that is a plain function, as the contract allows."""
    return lambda logits, target: logits.mean() * target.max()


@pytest.mark.parametrize(("weights", "of_dice", "of_mean"), [(None, 1.0, 1.0), ((0.5, 3.0), 0.5, 3.0)])
def test_losses_add_up(
    make_task: Callable[..., Task], weights: tuple[float, ...] | None, of_dice: float, of_mean: float
) -> None:
    task = make_task()
    loss = sum_of(task, of=[part(dice, smooth=2.0), part(mean_logit)], weights=weights)
    expected = of_dice * dice(task, smooth=2.0)(LOGITS, TARGET) + of_mean * LOGITS.mean()
    assert loss(LOGITS, TARGET).item() == pytest.approx(expected.item(), rel=1e-5)


def test_each_part_says_its_own_weight(make_task: Callable[..., Task]) -> None:
    task = make_task()
    spec = {"type": "sum", "of": [{"type": "dice"}, {"type": "cross_entropy", "weight": 0.5}]}
    loss = Registry().component("train.loss", spec)(task)
    expected = dice(task)(LOGITS, TARGET) + 0.5 * cross_entropy(task)(LOGITS, TARGET)
    assert loss(LOGITS, TARGET).item() == pytest.approx(expected.item(), rel=1e-6)


def test_weights_multiply_inside_out(make_task: Callable[..., Task]) -> None:
    task = make_task()
    inner = {"type": "sum", "weight": 0.5, "of": [{"type": "dice", "weight": 3}]}
    spec = {"type": "sum", "of": [inner, "focal"], "weights": [2, 0], "weight": 0.25}
    loss = Registry().component("train.loss", spec)(task)
    assert loss(LOGITS, TARGET).item() == pytest.approx(0.75 * dice(task)(LOGITS, TARGET).item(), rel=1e-6)


@pytest.mark.parametrize("name", [found.name for found in Registry().names("train.loss")])
def test_every_bundled_loss_has_a_weight(make_task: Callable[..., Task], name: str) -> None:
    more = {"of": ["dice"]} if name == "sum" else {}
    once, thrice = (
        Registry().component("train.loss", {"type": name, **more, **said})(make_task())(LOGITS, TARGET).item()
        for said in ({}, {"weight": 3.0})
    )
    assert thrice == pytest.approx(3 * once, rel=1e-6)


def test_what_its_parts_hold_moves_with_it(make_task: Callable[..., Task]) -> None:
    loss = sum_of(make_task(), of=[part(cross_entropy, class_weights=(1.0, 2.0))]).to(torch.float64)
    assert loss(LOGITS.double(), TARGET).dtype == torch.float64


def test_weights_must_be_one_per_loss(make_task: Callable[..., Task]) -> None:
    with pytest.raises(StagewrightError, match="2 losses and 1 weights"):
        sum_of(make_task(), of=[part(dice), part(mean_logit)], weights=(1.0,))


def test_nothing_to_add_is_an_error(make_task: Callable[..., Task]) -> None:
    with pytest.raises(StagewrightError, match="name losses under `of`"):
        sum_of(make_task(), of=[])
