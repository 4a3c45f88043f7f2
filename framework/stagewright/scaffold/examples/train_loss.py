"""A loss that weighs the classes."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.loss(fits=("segmentation",))
def weighted(
    task: Task,
    /,
    *,
    foreground: Annotated[
        float, Field(gt=0, description="weight of every class but the first, which has 1")
    ] = 3.0,
) -> Any:
    """Cross entropy: logits (N, K, H, W), target (N, H, W) → scalar."""
    from torch import nn, tensor

    weights = tensor([1.0] + [foreground] * (len(task.classes) - 1))
    ignored = -100 if task.ignore_index is None else task.ignore_index
    return nn.CrossEntropyLoss(weight=weights, ignore_index=ignored)  # yours: any function of both
