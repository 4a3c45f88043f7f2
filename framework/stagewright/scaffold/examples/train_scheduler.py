"""A learning rate that falls in steps."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import ScheduleInputs


@train.scheduler
def staircase(
    inputs: ScheduleInputs,
    /,
    *,
    stairs: Annotated[int, Field(ge=1, description="how often it is halved")] = 3,
) -> Any:
    """Halved `stairs` times, evenly over the training."""
    from torch.optim.lr_scheduler import LambdaLR

    every = max(1, inputs.total_steps // (stairs + 1))
    return LambdaLR(inputs.optimizer, lambda step: 0.5 ** (step // every))  # yours: share of the full rate
