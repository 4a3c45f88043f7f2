"""How well the scores order the samples, whatever the threshold."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="maximize", low=0, high=1)
def auroc(task: Task, /) -> Any:
    """Area under the ROC curve, ties counting half (Hanley and McNeil, 1982); a random order has 0.5."""
    from stagewright_plugins.scoring.classification import Auroc

    return Auroc(len(task.classes))
