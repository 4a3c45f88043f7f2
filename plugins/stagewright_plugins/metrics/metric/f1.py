"""Precision and recall in one figure, at a threshold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="maximize", low=0, high=1)
def f1(
    task: Task,
    /,
    *,
    threshold: Annotated[
        float,
        Field(
            gt=0, lt=1, description="probability of the second class from which it is said; of two classes"
        ),
    ] = 0.5,
) -> Any:
    """F1 of the second class at a threshold; of more than two classes, the mean of each class's F1."""
    from stagewright_plugins.scoring.classification import F1

    return F1(len(task.classes), threshold)
