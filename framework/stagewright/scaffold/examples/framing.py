"""A framing with the company's own bar for every project."""

from typing import Annotated

from pydantic import Field

from stagewright.contract import use
from stagewright.stages import framing
from stagewright.stages.framing import Budget, Framing, Inputs, TaskChoice


@framing.stage
def house_rules(
    inputs: Inputs,
    /,
    *,
    task: TaskChoice = use("segmentation", classes=("background", "cell"), size=(32, 32)),
    minutes: Annotated[float, Field(gt=0, description="what a run may take")] = 60.0,
) -> Framing:
    """One approach, one criterion, a budget."""
    criteria = ("iou_mean >= 0.5",)  # yours: what every project must reach
    return Framing(task(inputs.objective), success=criteria, budget=Budget(wall_minutes=minutes))
