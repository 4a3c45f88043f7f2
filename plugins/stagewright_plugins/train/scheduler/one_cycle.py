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
    swing: Annotated[
        float,
        Field(
            ge=0,
            lt=0.5,
            description="how far momentum (the first beta) moves against the rate, to both sides of the "
            "optimizer's own; 0 leaves it",
        ),
    ] = 0.05,
) -> Any:
    """One cycle up to the optimizer's rate and down (Smith and Topin, 2018, arXiv:1708.07120).

    Momentum is highest where the rate is lowest; it stays in [0, 1), and an optimizer without keeps none.
    """
    from torch.optim.lr_scheduler import OneCycleLR

    optimizer, total = inputs.optimizer, max(2, inputs.total_steps)
    own = [_momentum(group) for group in optimizer.param_groups]
    moves = [min(swing, value, (1 - value) / 2) for value in own]
    return OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=total,
        # A rise of exactly one step would be divided by its length of zero.
        pct_start=max(rising, 1.5 / total),
        cycle_momentum=any(moves),
        base_momentum=[value - move for value, move in zip(own, moves, strict=True)],
        max_momentum=[value + move for value, move in zip(own, moves, strict=True)],
    )


def _momentum(group: dict[str, Any]) -> float:
    """What goes on of the last step; 0 for an optimizer that keeps nothing."""
    return float(group["betas"][0] if "betas" in group else group.get("momentum", 0.0))
