"""The rates that a schedule gives, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from stagewright.stages.train import ScheduleInputs


@pytest.fixture
def rates() -> Callable[..., list[float]]:
    """Learning rate of each of `total` optimizer steps, from an optimizer whose rate is 1."""

    def of(scheduler: Any, total: int, **settings: Any) -> list[float]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule = scheduler(ScheduleInputs(optimizer, total, total), **settings)
        found = []
        for _ in range(total):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return found

    return of
