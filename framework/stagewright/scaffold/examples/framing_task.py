"""A task: pictures in, one of two answers for every pixel out."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import framing
from stagewright.stages.framing import Task, TensorSpec
from stagewright.stages.objective import Goal


@framing.task(summary="foreground or not, for every pixel")
def yes_or_no(
    _goal: Goal, /, *, size: Annotated[int, Field(ge=8, description="edge of the picture, pixels")] = 32
) -> Task:
    """Input (1, H, W) float32 in [0, 1], target (H, W) int64, output (2, H, W) logits."""
    return Task(  # yours: the signature that models, losses and metrics are built from
        type="yes_or_no",
        input=TensorSpec("input", (1, size, size), "float32"),
        target=TensorSpec("target", (size, size), "int64"),
        output=TensorSpec("logits", (2, size, size), "float32"),
        decode="argmax",
        classes=("background", "foreground"),
    )
