"""Soft Dice: overlap as a loss, so that small classes count as much as large ones."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.loss(fits=("segmentation",))
def dice(
    task: Task,
    /,
    *,
    smooth: Annotated[
        float, Field(gt=0, description="pixels added to both sides: keeps an absent class defined")
    ] = 1.0,
    weight: Annotated[
        float, Field(ge=0, description="what it is multiplied by, among others in `sum`")
    ] = 1.0,
) -> Any:
    """1 - soft Dice over the batch, averaged over classes (Milletari et al., 2016, arXiv:1606.04797)."""
    from ._overlap import SoftDice, weighted

    return weighted(SoftDice(task.ignore_index, smooth), weight)
