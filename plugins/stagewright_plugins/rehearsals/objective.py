"""objective: a goal with an owner and figures that can be read."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.objective import Goal, Inputs
from stagewright.testing import Bench


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Every figure's estimate must be an expression."""
    from stagewright.expression import parse

    goal = plugin(Inputs(bench.context()))
    assert isinstance(goal, Goal), f"gives {type(goal).__name__}, not Goal"
    assert goal.problem and goal.owner, "a goal says the problem and who owns it"
    for kpi in goal.kpis:
        parse(kpi.estimate)
    return goal
