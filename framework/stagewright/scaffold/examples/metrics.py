"""Metrics that are the same for every project of a kind."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.metrics import Inputs, MetricSet


@metrics.stage
def agreed(
    inputs: Inputs,
    /,
    *,
    more: Annotated[list[str], Field(description="names of further metrics")] = [],  # noqa: B006
) -> MetricSet:
    """The metrics that were agreed on, and those that the recipe adds."""
    names = ["iou", "dice", *more]  # yours: what everybody reports, the leading one first
    standard = inputs.context.resolve(
        "metrics", {"type": "standard", "of": [{"type": name} for name in names]}
    )
    return standard(inputs)
