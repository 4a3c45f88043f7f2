"""Share of samples decided rightly."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="maximize", low=0, high=1)
def accuracy(task: Task, /) -> Any:
    """Likeliest class right, over all; where one class is rare, saying the other one is right most of the time."""
    from stagewright_plugins.scoring.classification import Accuracy

    return Accuracy(len(task.classes))
