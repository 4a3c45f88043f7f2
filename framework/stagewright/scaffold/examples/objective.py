"""An objective of one figure: hours spent by hand."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import objective
from stagewright.stages.objective import Goal, Inputs, Kpi


@objective.stage
def hours_saved(
    _inputs: Inputs, /, *, hours: Annotated[float, Field(gt=0, description="hours a week, by hand")] = 40.0
) -> Goal:
    """Half of the hours, if the model is right that often."""
    saved = f"{hours} * (1 - iou_mean)"  # yours: how the figure follows from the metrics
    kpi = Kpi(name="hours", baseline=hours, target=hours / 2, direction="minimize", estimate=saved)
    return Goal("done by hand", "operations", (kpi,))
