"""A learning rate that falls along half a cosine."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import ScheduleInputs


@train.scheduler
def cosine(
    inputs: ScheduleInputs,
    /,
    *,
    warmup: Annotated[
        float, Field(ge=0, lt=1, description="share of all steps over which the rate rises to full")
    ] = 0.05,
    floor: Annotated[float, Field(ge=0, le=1, description="share of the full rate that it falls to")] = 0.0,
) -> Any:
    """Linear warm-up, then cosine decay (Loshchilov and Hutter, 2017, arXiv:1608.03983)."""
    from torch.optim.lr_scheduler import LambdaLR

    total = max(1, inputs.total_steps)
    rising = int(warmup * total)

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        done = min(1.0, (step - rising) / (total - rising))
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))

    return LambdaLR(inputs.optimizer, share)
