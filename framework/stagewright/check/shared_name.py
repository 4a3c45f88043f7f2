"""A recipe that inherits from another one, or is a copy of it, and keeps its name: both share what goes by the name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from stagewright.errors import Place, Problem
from stagewright.recipe.defaults_list import default_entries
from stagewright.recipe.locate import Locator, read
from stagewright.recipe.recipe import RecipeFile


def shared_name(file: RecipeFile, name: Any, overrides: Sequence[str]) -> Iterator[Problem]:
    """A warning where the composed recipe's `name` is that of a recipe that `file` inherits from, or lies beside."""
    own = read(file.path.read_text(encoding="utf-8"), str(file.path))
    if own and "name" in own.children and own.children["name"].text == name:
        yield from _beside(file.path.with_name(f"{name}.yaml"), name)
    inherits = next((entry for entry in default_entries(file.path) if not entry.group), None)
    if not inherits or (own and "name" in own.children):
        return
    said = Locator(file, tuple(overrides)).place(("name",))
    if (
        said.line and Path(said.source).parent in file.search
    ):  # no config group's file: an experiment may name it
        yield _shared(name, said, inherits.place)


def _beside(other: Path, name: str) -> Iterator[Problem]:
    """A copy of a recipe lies beside it, and still has its name."""
    try:
        found = read(other.read_text(encoding="utf-8"), str(other))
    except (yaml.YAMLError, OSError, ValueError, RecursionError):  # for its own check to say
        return
    said = found.children.get("name") if found else None
    if said is None or said.text == name:
        place = said.place if said else Place(str(other), 1, 1)
        yield _shared(name, place, None)


def _shared(name: str, said: Place, at: Place | None) -> Problem:
    told = f"releases, runs and champions are shared with {name!r} ({said}): give it a name of its own"
    return Problem("name", told, at, ("name",), severity="warning")
