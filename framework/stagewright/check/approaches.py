"""Candidate approaches: `train` becomes one step for each, with its own settings laid over the section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.keypath import NOTHING, KeyPath, problem, value_at
from stagewright.recipe.overlay import overlaid
from stagewright.stages.framing import Approach

# (settings of `train`, problems to add to) → the bound stage
Bind = Callable[[Any, list[Problem]], Component[Any, Any] | None]
Steps = dict[str, Component[Any, Any] | None]


def with_approaches(
    components: Steps, approaches: Sequence[Approach], base: Any, bind: Bind, problems: list[Problem]
) -> Steps:
    """The steps with one per approach in place of `train`, whose section says `base`; adds what is wrong."""
    if not approaches:
        return components
    names = [approach.name for approach in approaches]
    problems += [
        problem(("framing", "approaches", i, "name"), f"the name {name!r} is taken by another approach")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    steps: Steps = {}
    for name, component in components.items():
        if name != "train":
            steps[name] = component
            continue
        for i, approach in enumerate(approaches):
            steps[f"train/{approach.name}"] = _step(i, approach, base, bind, problems)
    return steps


def _step(
    index: int, approach: Approach, base: Any, bind: Bind, problems: list[Problem]
) -> Component[Any, Any] | None:
    own: list[Problem] = []
    default = lifecycle.step_section("train").default
    merged = overlaid({"type": default, **base} if isinstance(base, Mapping) else base, approach.train)
    component = bind(merged, own)
    for item in own:
        at = item.path[1:]
        inside = _has(approach.train, at) and (_says(approach.train, at) or not _says(base, at))
        path = ("framing", "approaches", index, "train", *item.path[1:]) if inside else item.path
        moved = problem(path, item.message)
        if moved not in problems:  # the same mistake in `train` is said once, not per approach
            problems.append(moved)
    return component


def _says(value: Any, path: KeyPath) -> bool:
    """Whether exactly this key is said."""
    return value_at(value, path, NOTHING) is not NOTHING


def _has(value: Any, path: KeyPath) -> bool:
    """Whether this key is said, or would be, were it not missing."""
    for key in path:
        inside = isinstance(key, int) and isinstance(value, list | tuple) and key < len(value)
        if inside or (isinstance(value, Mapping) and key in value):
            value = value[key]
        else:
            return key == path[-1] and isinstance(value, Mapping)
    return True
