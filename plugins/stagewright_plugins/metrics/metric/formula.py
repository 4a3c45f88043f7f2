"""A figure computed from other metrics: what a mistake costs, a weighted score."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Direction, Formula


@metrics.metric(fits=(), formula=True)
def formula(
    _task: Task,
    /,
    *,
    name: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", description="what the value is called")],
    expression: Annotated[str, Field(description="arithmetic over the other metrics' values")],
    direction: Annotated[Direction, Field(description="which way is better")],
    unit: Annotated[str, Field(description="unit of the value")] = "",
) -> Formula:
    """A business metric by formula, computed per sample, over all, and in every resample of its interval."""
    return Formula(name, expression, direction, unit)
