"""The objective as an ML task: what is predicted, by which approaches, how good, how long, until when."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import framing
from stagewright.stages.framing import Approach, Budget, Framing, Inputs, Milestone, TaskChoice


@framing.stage
def standard(
    inputs: Inputs,
    /,
    *,
    task: TaskChoice,
    approaches: Annotated[
        tuple[Approach, ...],
        Field(description="candidate approaches, the most promising first, each with its reason"),
    ] = (),
    policy: Annotated[
        Literal["in_order", "side_by_side"],
        Field(description="try approaches until one meets the criteria on validation, or all of them"),
    ] = "in_order",
    success: Annotated[
        tuple[str, ...], Field(description="conditions over metric names that the test scores must meet")
    ] = (),
    budget: Annotated[Budget, Field(description="limits enforced while the run works")] = Budget(),
    milestones: Annotated[
        tuple[Milestone, ...], Field(description="dated promises, shown against the history of runs")
    ] = (),
) -> Framing:
    """Frame the problem; runs at check, costs nothing."""
    return Framing(task(inputs.objective), approaches, policy, success, budget, milestones)
