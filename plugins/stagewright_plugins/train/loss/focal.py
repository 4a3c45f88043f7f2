"""Focal loss: easy pixels count less."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.loss(fits=("segmentation",))
def focal(
    task: Task,
    /,
    *,
    gamma: Annotated[float, Field(ge=0, le=10, description="how much less; 0 is cross entropy")] = 2.0,
    weight: Annotated[
        float, Field(ge=0, description="what it is multiplied by, among others in `sum`")
    ] = 1.0,
) -> Any:
    """Focal loss averaged over pixels (Lin et al., 2017, arXiv:1708.02002)."""
    from ._overlap import Focal, weighted

    return weighted(Focal(task.ignore_index, gamma), weight)
