"""Thresholds on grey values, chosen anew for every image."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores

MOST_RANGES = 16


@baseline.stage(fits=("segmentation",))
def multi_otsu(
    inputs: Inputs,
    /,
    *,
    bins: Annotated[
        int, Field(ge=16, le=256, description="grey levels told apart when placing thresholds")
    ] = 64,
    ranges: Annotated[
        int | None,
        Field(ge=2, le=MOST_RANGES, description="grey-value ranges in an image; one per class if not said"),
    ] = None,
) -> Scores:
    """One class per grey-value range, ranges chosen to differ most (Otsu, 1979; Liao et al., 2001).

    The brightest range is the class that is brightest in the train split, and so on. With more ranges than
    classes, the ranges left over belong to the darkest class: air and fluid are both background.

    Raises:
        StagewrightError: more than sixteen classes, or fewer ranges than classes.
    """
    from stagewright_plugins.scoring.baseline import scored
    from stagewright_plugins.scoring.intensity import by_brightness

    classes = len(inputs.framing.task.classes)
    ranges = ranges or classes
    if classes > MOST_RANGES:
        raise StagewrightError(
            f"multi_otsu places thresholds for at most {MOST_RANGES} classes, the task has {classes}"
        )
    if ranges < classes:
        raise StagewrightError(f"objective.baseline.ranges: {ranges} ranges cannot hold {classes} classes")
    order = by_brightness(inputs.data, classes)
    order = [*order[:1] * (ranges - classes), *order]
    return scored(inputs, {"rule": "multi_otsu", "bins": bins, "classes": order})
