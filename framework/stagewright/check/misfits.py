"""What one section asks for and another does not give, as the plugins of both declare it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.keypath import problem
from stagewright.stages.framing import Task
from stagewright.stages.known import Columns, Known
from stagewright.store import Store

if TYPE_CHECKING:
    from stagewright.plugin.registry import Registry
    from stagewright.stages.data import Dataset

Components = Mapping[str, Component[Any, Any] | None]


def known(components: Components, task: Task, metrics: tuple[str, ...]) -> Known:
    """What the declarative sections and the data's plugins say before anything is read."""
    data = components.get("data")
    columns, declared = (
        getattr(data.facts, name, None) if data else None for name in ("columns", "declared")
    )
    sweep = components.get("sweep")
    return Known(
        task,
        metrics,
        columns(data.settings, task) if data and columns else None,
        declared(data.settings) if data and declared else None,
        tuple(sweep.settings.get("params") or ()) if sweep else (),
    )


def misfits(
    components: Components, task: Task, metrics: tuple[str, ...], registry: Registry
) -> Iterator[Problem]:
    """Every misfit that a stage finds between its settings and the rest of the recipe, or what lies in its project."""
    project = registry.project
    told = replace(known(components, task, metrics), resolve=registry.component)
    yield from _found(
        components, replace(told, project=project, home=Store(project).home) if project else told
    )


def of_dataset(
    components: Components, task: Task, metrics: tuple[str, ...], data: Dataset
) -> Iterator[Problem]:
    """What the other sections ask of the data and it does not have, now that its columns are known."""
    columns = dict.fromkeys([*([data.group] if data.group else []), *data.tags, *data.quality])
    told = replace(known(components, task, metrics), columns=Columns(tuple(columns)))
    others = {name: component for name, component in components.items() if name != "data"}
    yield from (item for item in _found(others, told) if item.severity == "error")


def _found(components: Components, told: Known) -> Iterator[Problem]:
    for component in filter(None, components.values()):
        if find := getattr(component.facts, "misfits", None):
            for item in find(component.settings, told):
                yield replace(problem(item.path, item.message), severity=item.severity)
