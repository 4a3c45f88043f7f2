"""Soft Dice plus cross entropy: the usual loss for medical segmentation."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.loss(fits=("segmentation",))
def dice_cross_entropy(
    task: Task,
    /,
    *,
    dice_weight: Annotated[float, Field(ge=0, description="weight of soft Dice")] = 1.0,
    cross_entropy_weight: Annotated[float, Field(ge=0, description="weight of cross entropy")] = 1.0,
    weight: Annotated[
        float, Field(ge=0, description="what it is multiplied by, among others in `sum`")
    ] = 1.0,
) -> Any:
    """`sum` of `dice` and `cross_entropy`, the usual pair, under the name that tasks know it by.

    Isensee et al., 2021, doi 10.1038/s41592-020-01008-z.
    """
    from ._overlap import CrossEntropy, SoftDice, Weighted

    parts = [SoftDice(task.ignore_index, 1.0), CrossEntropy(task.ignore_index, None, 0.0)]
    return Weighted(parts, [weight * dice_weight, weight * cross_entropy_weight])
