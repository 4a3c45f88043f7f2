"""IoU of each image, averaged: small images and rare classes weigh as much as large ones."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1, per_class=True)
def iou_per_image(task: Task, /) -> Any:
    """IoU per class averaged over the images that have the class, and the mean (Csurka et al., 2013)."""
    from stagewright_plugins.scoring.per_image import PerImage

    return PerImage(len(task.classes), task.ignore_index)
