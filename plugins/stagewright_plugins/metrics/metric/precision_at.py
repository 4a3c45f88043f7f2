"""How many of the samples that can be acted on are the right ones."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("classification",), direction="maximize", low=0, high=1)
def precision_at(
    task: Task,
    /,
    *,
    share: Annotated[float, Field(gt=0, le=1, description="share of the samples that can be acted on")] = 0.1,
) -> Any:
    """Share of the second class among the samples with its highest probabilities (precision at k)."""
    from stagewright_plugins.scoring.classification import PrecisionAt

    return PrecisionAt(len(task.classes), share)
