"""A metric: how often a sample's share of foreground is right within a tolerance; of a row, all or nothing."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation", "classification"), direction="maximize", low=0, high=1)
def share_right(
    _task: Task,
    /,
    *,
    within: Annotated[float, Field(gt=0, lt=1, description="tolerance, share of a picture")] = 0.05,
) -> Any:
    """Share of samples with as much of any class but the first as there should be, give or take `within`."""
    from torchmetrics.aggregation import MeanMetric

    class ShareRight(MeanMetric):
        def update(self, probabilities: Any, target: Any) -> None:
            # Pictures: (N, K, H, W) and (N, H, W). Rows of a table: (N, K) and (N,), so each covers all or nothing.
            found, true = (_share(labels > 0) for labels in (probabilities.argmax(1), target))
            super().update(((found - true).abs() <= within).float())  # yours: one value per sample

    return ShareRight()


def _share(inside: Any) -> Any:
    """(N, ...) → (N,)."""
    return inside.reshape(len(inside), -1).float().mean(1)
