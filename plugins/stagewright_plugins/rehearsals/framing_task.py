"""framing.task: a signature that models, losses and metrics can be built from."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.framing import Task
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import GOAL


def rehearse(plugin: Component[Any, Any], _bench: Bench) -> object:
    """Its type is the plugin's own name: metrics and losses name the tasks they fit by it."""
    task = plugin(GOAL)
    assert isinstance(task, Task), f"gives {type(task).__name__}, not Task"
    assert task.type == plugin.type, f"its type is {task.type!r}, not the plugin's name"
    assert len(set(task.classes)) == len(task.classes), "two classes share a name"
    for tensor in (task.input, task.target, task.output):
        assert all(size == -1 or size > 0 for size in tensor.shape), f"{tensor.name}: shape {tensor.shape}"
    return task
