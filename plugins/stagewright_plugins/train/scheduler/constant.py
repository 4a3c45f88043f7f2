"""One learning rate from the first step to the last."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import ScheduleInputs


@train.scheduler
def constant(
    inputs: ScheduleInputs,
    /,
    *,
    warmup: Annotated[
        float, Field(ge=0, lt=1, description="share of all steps over which the rate rises to full")
    ] = 0.0,
) -> Any:
    """The optimizer's rate throughout, after a linear warm-up."""
    from torch.optim.lr_scheduler import LambdaLR

    rising = warmup * inputs.total_steps
    return LambdaLR(inputs.optimizer, lambda step: min(1.0, (step + 1) / rising) if rising else 1.0)
