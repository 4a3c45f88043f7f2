"""One cycle: up, then down far below; the optimizer's own momentum unless asked otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.train import ScheduleInputs
from stagewright_plugins.train.scheduler.one_cycle import one_cycle

Rates = Callable[..., list[float]]


def test_it_rises_to_the_optimizer_s_rate_and_falls(rates: Rates) -> None:
    found = rates(one_cycle, 100, rising=0.3)
    top = found.index(max(found))
    assert top == 29
    assert found[top] == pytest.approx(1.0)
    assert found[0] == pytest.approx(1 / 25)
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert found[-1] < 1e-4


@pytest.mark.parametrize("total", range(1, 21))
def test_the_shortest_training_has_a_rate(rates: Rates, total: int) -> None:
    """With ten steps a tenth of them is one: torch divides by the length of that rise, which is zero."""
    found = rates(one_cycle, total)
    assert all(0 < rate <= 1 for rate in found)
    assert total < 3 or max(found) > 0.5


def test_momentum_is_the_optimizer_s_own(rates: Rates) -> None:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0, betas=(0.7, 0.99))
    schedule = one_cycle(ScheduleInputs(optimizer, 10, 10))
    optimizer.step()
    schedule.step()
    assert optimizer.param_groups[0]["betas"] == (0.7, 0.99)


def test_momentum_cycles_against_the_rate_if_asked() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.5)
    schedule = one_cycle(ScheduleInputs(optimizer, 20, 20), rising=0.5, cycle_momentum=True)
    seen = []
    for _ in range(20):
        seen.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        schedule.step()
    assert seen[0] == pytest.approx(0.95)
    assert min(seen) == seen[9] == pytest.approx(0.85)


def test_an_optimizer_without_momentum_will_do() -> None:
    optimizer = torch.optim.Adagrad([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    one_cycle(ScheduleInputs(optimizer, 10, 10))
    assert optimizer.param_groups[0]["lr"] == pytest.approx(1 / 25)
