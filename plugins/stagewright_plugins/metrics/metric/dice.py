"""Dice coefficient, the F1 score of pixels."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1, per_class=True)
def dice(
    task: Task,
    /,
    *,
    include_background: Annotated[bool, Field(description="count the first class in the mean")] = True,
) -> Any:
    """Dice per class from pixel counts over all samples, and their mean (Dice, 1945; Sørensen, 1948)."""
    from stagewright_plugins.scoring.overlap import Overlap

    return Overlap(len(task.classes), "dice", task.ignore_index, () if include_background else (0,))
