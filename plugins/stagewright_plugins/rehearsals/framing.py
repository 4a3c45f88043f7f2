"""framing: a task, approaches with names of their own, conditions that can be read."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.framing import Framing, Inputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import GOAL


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Criteria must be conditions, approaches must differ in name."""
    from stagewright.expression import parse

    framing = plugin(Inputs(GOAL, bench.context()))
    assert isinstance(framing, Framing), f"gives {type(framing).__name__}, not Framing"
    assert all(parse(condition).is_condition for condition in framing.success)
    names = [approach.name for approach in framing.approaches]
    assert len(set(names)) == len(names), f"two approaches share a name: {names}"
    return framing
