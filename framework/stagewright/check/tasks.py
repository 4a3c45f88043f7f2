"""Plugins that work for other tasks than the recipe's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.keypath import problem
from stagewright.plugin.binding import walk


def unfit(components: Mapping[str, Component[Any, Any] | None], task: str) -> Iterator[Problem]:
    """Every plugin, also inside another's settings, that declares tasks without this one."""
    for name, component in components.items():
        if component:
            at = lifecycle.step_section(name).at
            for path, part in walk(component, at):
                fits = getattr(part.facts, "fits", ())
                if fits and task not in fits:
                    why = f"{part.kind} {part.type!r} does not fit the task {task!r}"
                    yield problem((*path, "type"), f"{why} (fits: {', '.join(fits)})")
