"""How well predicted outlines follow the true ones."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import metrics
from stagewright.stages.framing import Task


@metrics.metric(fits=("segmentation",), direction="maximize", low=0, high=1, per_class=True)
def boundary_f1(
    task: Task,
    /,
    *,
    tolerance: Annotated[
        float,
        Field(gt=0, le=0.1, description="how far a boundary may lie off, as a share of the image's diagonal"),
    ] = 0.0075,
    include_background: Annotated[bool, Field(description="count the first class in the mean")] = False,
) -> Any:
    """Boundary F1 per class, mean over images, and their mean (Csurka et al., 2013, doi:10.5244/C.27.32)."""
    from stagewright_plugins.scoring.boundary import BoundaryF1

    left_out = () if include_background else (0,)
    return BoundaryF1(len(task.classes), tolerance, task.ignore_index, left_out)
