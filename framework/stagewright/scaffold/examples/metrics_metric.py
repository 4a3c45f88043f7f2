"""A metric: how often a picture's share of foreground is right within a tolerance."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1)
def share_right(
    _task: Task,
    /,
    *,
    within: Annotated[float, Field(gt=0, lt=1, description="tolerance, share of pixels")] = 0.05,
) -> Any:
    """Share of pictures whose foreground covers as many pixels as it should, give or take `within`."""
    from torchmetrics.aggregation import MeanMetric

    class ShareRight(MeanMetric):
        def update(self, probabilities: Any, target: Any) -> None:
            found = (probabilities.argmax(1) > 0).flatten(1).float().mean(1)  # yours: one value per sample
            super().update(((found - (target > 0).flatten(1).float().mean(1)).abs() <= within).float())

    return ShareRight()
