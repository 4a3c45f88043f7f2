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


def momenta(optimizer: torch.optim.Optimizer, **settings: float) -> list[float]:
    """Momentum, or the first beta, of each of 20 steps, ten of them rising."""
    schedule, found = one_cycle(ScheduleInputs(optimizer, 20, 20), rising=0.5, **settings), []
    for _ in range(20):
        group = optimizer.param_groups[0]
        found.append(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))
        optimizer.step()
        schedule.step()
    return found


def weight() -> list[torch.nn.Parameter]:
    return [torch.nn.Parameter(torch.zeros(1))]


def test_momentum_swings_against_the_rate_about_the_optimizer_s_own() -> None:
    found = momenta(torch.optim.AdamW(weight(), lr=1.0, betas=(0.8, 0.99)))
    assert found[0] == max(found) == pytest.approx(0.85)
    assert found[9] == min(found) == pytest.approx(0.75)
    assert found[-1] == pytest.approx(0.85)


def test_with_usual_momentum_it_is_torch_s_own_cycle() -> None:
    """0.95 down to 0.85 and back, the figures of the paper."""
    optimizer = torch.optim.SGD(weight(), lr=1.0, momentum=0.9)
    found = momenta(optimizer)
    other = torch.optim.SGD(weight(), lr=1.0, momentum=0.9)
    schedule, expected = torch.optim.lr_scheduler.OneCycleLR(other, 1.0, total_steps=20, pct_start=0.5), []
    for _ in range(20):
        expected.append(other.param_groups[0]["momentum"])
        other.step()
        schedule.step()
    assert found == pytest.approx(expected)


def test_without_a_swing_momentum_stays() -> None:
    assert set(momenta(torch.optim.SGD(weight(), lr=1.0, momentum=0.7), swing=0.0)) == {0.7}


@pytest.mark.parametrize("momentum", [0.0, 0.02, 0.99])
def test_momentum_stays_where_it_makes_sense(momentum: float) -> None:
    found = momenta(torch.optim.SGD(weight(), lr=1.0, momentum=momentum))
    assert min(found) >= 0
    assert max(found) < 1
    assert (max(found) == 0) == (momentum == 0)  # who asks for none gets none


def test_an_optimizer_without_momentum_will_do() -> None:
    assert set(momenta(torch.optim.Adagrad(weight(), lr=1.0))) == {0.0}
