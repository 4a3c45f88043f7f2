"""Cross entropy of each pixel's class, or of each sub-word."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import train
from stagewright.stages.framing import Task


@train.loss(fits=("segmentation", "translation"))
def cross_entropy(
    task: Task,
    /,
    *,
    class_weights: Annotated[
        tuple[Annotated[float, Field(ge=0)], ...] | None,
        Field(description="weight of each class, in their order; equal if not said"),
    ] = None,
    label_smoothing: Annotated[
        float, Field(ge=0, lt=1, description="share of certainty spread over all classes")
    ] = 0.0,
    weight: Annotated[
        float, Field(ge=0, description="what it is multiplied by, among others in `sum`")
    ] = 1.0,
) -> Any:
    """Mean cross entropy over pixels or sub-words; logits (N, K, H, W), target (N, H, W) → scalar.

    Of texts: logits (N, V, T), target (N, T).

    Raises:
        StagewrightError: not one weight per class.
    """
    from ._overlap import CrossEntropy, weighted

    if class_weights is not None and len(class_weights) != len(task.classes):
        raise StagewrightError(
            f"class_weights has {len(class_weights)} values for {len(task.classes)} classes"
        )
    return weighted(CrossEntropy(task.ignore_index, class_weights, label_smoothing), weight)
