"""How pure the top of the list is, averaged over how far down one reads."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="maximize", low=0, high=1)
def average_precision(task: Task, /) -> Any:
    """Average precision (Davis and Goadrich, 2006); a random order has the share of the class."""
    from stagewright_plugins.scoring.classification import AveragePrecision

    return AveragePrecision(len(task.classes))
