"""Share of pixels with the right class."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1)
def pixel_accuracy(task: Task, /) -> Any:
    """Pixels decided rightly over all pixels; rises with the share of background, so read it beside IoU."""
    from stagewright_plugins.scoring.overlap import Overlap

    return Overlap(len(task.classes), "accuracy", task.ignore_index)
