"""What the declarative sections (objective, framing, metrics) give: pure and light, they are called while checking."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagewright import lifecycle
from stagewright.context import Context
from stagewright.contract import Component
from stagewright.errors import Problem, StagewrightError
from stagewright.keypath import problem
from stagewright.plugin.registry import Registry


def declared(
    components: Mapping[str, Component[Any, Any] | None], registry: Registry, problems: list[Problem]
) -> dict[str, Any]:
    """What the declarative sections give, as far as they can be called; adds why others cannot."""
    outputs: dict[str, Any] = {}
    context = quiet_context(registry)
    for section in lifecycle.STEPS:
        component = components.get(section.name)
        needs = lifecycle.wanted(section.contract)
        if not section.declarative or component is None or not needs.keys() <= outputs.keys():
            continue
        given = {name: section.contract.shown(name, outputs[name]) for name in needs}
        inputs = section.contract.takes(**given, context=context)
        try:
            outputs[section.name] = component(inputs)
        except StagewrightError as error:
            problems.append(problem(section.at, str(error)))
        except Exception as error:
            said = f"{component.type!r} fails on these settings: {type(error).__name__}: {error}"
            problems.append(problem(section.at, said))
    return outputs


def quiet_context(registry: Registry) -> Context:
    """For declarative stages: no folder to write to, nobody listening."""

    def silent(*_: Any, **__: Any) -> None: ...

    resolve: Callable[..., Component[Any, Any]] = registry.component
    return Context(Path(os.devnull), 0, silent, silent, resolve)
