"""Semantic segmentation: one class for every pixel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import framing
from stagewright.stages.framing import Task, TensorSpec
from stagewright.stages.objective import Goal


@framing.task(summary="one class for every pixel")
def segmentation(
    _goal: Goal,
    /,
    *,
    classes: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")], ...],
        Field(min_length=2, description="class names in order of their index, letters, digits and `_`"),
    ],
    size: Annotated[
        tuple[Annotated[int, Field(ge=8)], Annotated[int, Field(ge=8)]],
        Field(description="height and width that every sample is resized to, pixels"),
    ],
    channels: Annotated[int, Field(ge=1, le=16, description="channels of the input image")] = 1,
    ignore_index: Annotated[
        int | None, Field(description="target value that no loss and no metric counts (unlabelled pixels)")
    ] = None,
) -> Task:
    """Input (C, H, W) float32 in [0, 1], target (H, W) int64, output (K, H, W) logits decoded by argmax.

    Raises:
        StagewrightError: two classes share a name, or a class has the ignored index.
    """
    if len(set(classes)) < len(classes):
        raise StagewrightError(f"class names must differ, got {', '.join(classes)}")
    if ignore_index is not None and 0 <= ignore_index < len(classes):
        raise StagewrightError(
            f"ignore_index {ignore_index} is the class {classes[ignore_index]!r}; choose another"
        )
    height, width = size
    return Task(
        type="segmentation",
        input=TensorSpec("input", (channels, height, width), "float32"),
        target=TensorSpec("target", (height, width), "int64"),
        output=TensorSpec("logits", (len(classes), height, width), "float32"),
        decode="argmax",
        classes=tuple(classes),
        ignore_index=ignore_index,
        default_metrics=("iou",),
        default_loss="dice_cross_entropy",
    )
