"""How far probabilities lie from what came true."""

from __future__ import annotations

from typing import Any

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="minimize", low=0, high=1)
def brier(task: Task, /) -> Any:
    """Mean squared error of the probabilities (Brier, 1950); the best constant has share × (1 - share)."""
    from stagewright_plugins.scoring.classification import Brier

    return Brier(len(task.classes))
