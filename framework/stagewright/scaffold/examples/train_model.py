"""A model of two convolutions."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.model(fits=("segmentation",))
def shallow(
    task: Task,
    /,
    *,
    width: Annotated[int, Field(ge=1, le=512, description="channels between the layers")] = 16,
) -> Any:
    """(N, C, H, W) float32 in [0, 1] → logits (N, K, H, W)."""
    from torch import nn

    return nn.Sequential(  # yours: any torch.nn.Module
        nn.Conv2d(task.input.shape[0], width, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(width, len(task.classes), 5, padding=2),
    )
