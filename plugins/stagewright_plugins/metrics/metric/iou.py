"""Intersection over union, also called Jaccard index."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1, per_class=True)
def iou(
    task: Task,
    /,
    *,
    include_background: Annotated[bool, Field(description="count the first class in the mean")] = True,
) -> Any:
    """IoU per class from pixel counts summed over all samples, and their mean (Jaccard, 1912)."""
    from stagewright_plugins.scoring.overlap import Overlap

    return Overlap(len(task.classes), "iou", task.ignore_index, () if include_background else (0,))
