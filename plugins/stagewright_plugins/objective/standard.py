"""The business objective: the problem, whose it is, and the figures that say whether it is solved."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.lifecycle import SECTIONS, STEPS
from stagewright.nearest import suggestion
from stagewright.stages import objective
from stagewright.stages.objective import Goal, Inputs, Kpi, Stakeholder


@objective.stage
def standard(
    _inputs: Inputs,
    /,
    *,
    problem: Annotated[
        str, Field(min_length=1, description="what costs time, money or health today, in a sentence")
    ],
    owner: Annotated[str, Field(min_length=1, description="who answers for the result")],
    kpis: Annotated[
        tuple[Kpi, ...],
        Field(description="business figures: where they stand, their targets, how metrics give them"),
    ] = (),
    stakeholders: Annotated[
        tuple[Stakeholder, ...],
        Field(description="who has a say; `approves` lists the steps that wait for them"),
    ] = (),
) -> Goal:
    """State the objective; runs at check, costs nothing.

    Raises:
        StagewrightError: two KPIs share a name, a KPI's target is no better than today's figure, or a
            stakeholder approves a section that does not exist.
    """
    for i, kpi in enumerate(kpis):
        if kpi.name in {other.name for other in kpis[:i]}:
            raise StagewrightError(f"two KPIs are named {kpi.name!r}; rename one")
        better = kpi.target < kpi.baseline if kpi.direction == "minimize" else kpi.target > kpi.baseline
        if not better:
            raise StagewrightError(
                f"KPI {kpi.name!r}: the target {kpi.target:g} is no better than today's {kpi.baseline:g} "
                f"for direction {kpi.direction}; change the target or the direction"
            )
    steps = {*SECTIONS, *(step.name for step in STEPS)}
    for person in stakeholders:
        for step in sorted(set(person.approves) - steps):
            raise StagewrightError(
                f"stakeholder {person.role!r} approves {step!r}, {suggestion(step, steps, 'section')}"
            )
    return Goal(problem, owner, kpis, stakeholders)
