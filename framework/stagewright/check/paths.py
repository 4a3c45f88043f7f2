"""Paths whose content a step reads: there, or made by something in the recipe that works earlier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Component, InputPath, OutputPath
from stagewright.errors import Problem
from stagewright.keypath import KeyPath, problem
from stagewright.plugin.binding import walk
from stagewright.plugin.settings import marked_settings

Components = Mapping[str, Component[Any, Any] | None]


def missing_paths(components: Components, project: Path | None) -> Iterator[Problem]:
    """An error for each path that is read and is not there, a warning where a step before makes it."""
    made: list[Path] = []
    said: set[KeyPath] = set()  # approaches share what they do not change
    for name, component in components.items():
        if component is None:
            continue
        for path, read in paths(component, lifecycle.step_section(name).at, InputPath):
            if not _exists(read) and path not in said:
                said.add(path)
                yield _problem(path, read, made, project)
        made += [path for _, path in paths(component, (), OutputPath)]


def paths(component: Component[Any, Any], at: KeyPath, mark: type) -> Iterator[tuple[KeyPath, Path]]:
    """Every path that a component and those inside it name by settings with a mark."""
    for where, part in walk(component, at):
        for name in marked_settings(part.plugin, mark):
            value = part.settings.get(name)
            if isinstance(value, str | Path):
                yield (*where, name), Path(value)


def _problem(path: KeyPath, read: Path, made: Sequence[Path], project: Path | None) -> Problem:
    told = read.relative_to(project) if project and read.is_relative_to(project) else read
    if any(read.is_relative_to(output) or output.is_relative_to(read) for output in made):
        found = problem(path, f"there is nothing at {str(told)!r} yet; a step before makes it")
        return replace(found, severity="warning")
    return problem(path, f"there is nothing at {str(told)!r}; put the data there, or name where it is")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for any file, or one with a NUL
        return False
