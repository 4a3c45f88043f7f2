"""A learning rate that rises, then falls far below where it began."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import ScheduleInputs


@train.scheduler
def one_cycle(
    inputs: ScheduleInputs,
    /,
    *,
    rising: Annotated[
        float, Field(gt=0, lt=1, description="share of all steps that the rate rises for")
    ] = 0.1,
) -> Any:
    """One cycle up to the optimizer's rate and down (Smith and Topin, 2018, arXiv:1708.07120)."""
    from torch.optim.lr_scheduler import OneCycleLR

    highest = [group["lr"] for group in inputs.optimizer.param_groups]
    return OneCycleLR(inputs.optimizer, highest, total_steps=max(2, inputs.total_steps), pct_start=rising)
