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
    cycle_momentum: Annotated[
        bool,
        Field(
            description="momentum (or the first beta) from 0.95 down to 0.85 and up, not the optimizer's own"
        ),
    ] = False,
) -> Any:
    """One cycle up to the optimizer's rate and down (Smith and Topin, 2018, arXiv:1708.07120)."""
    from torch.optim.lr_scheduler import OneCycleLR

    highest = [group["lr"] for group in inputs.optimizer.param_groups]
    total = max(2, inputs.total_steps)
    # A rise of exactly one step would divide by its length of zero.
    share = max(rising, 1.5 / total)
    return OneCycleLR(
        inputs.optimizer, highest, total_steps=total, pct_start=share, cycle_momentum=cycle_momentum
    )
