"""train.scheduler: a learning-rate scheduler that is stepped once per optimizer step."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.train import ScheduleInputs
from stagewright.testing import Bench

STEPS = 40


def rehearse(plugin: Component[Any, Any], _bench: Bench) -> object:
    """A whole training of 40 steps: rates are never negative."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler, rates = plugin(ScheduleInputs(optimizer, STEPS, 10)), []
    for _ in range(STEPS):
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
        scheduler.step()
    assert min(rates) >= 0, f"a rate of {min(rates)}"
    assert max(rates) > 0, "the rate is 0 all the time"
    return rates
