"""A recipe that inherits from another one and keeps its name: what goes by the name is then shared by both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stagewright.errors import Problem
from stagewright.recipe.defaults_list import default_entries
from stagewright.recipe.locate import Locator, read
from stagewright.recipe.recipe import RecipeFile


def shared_name(file: RecipeFile, name: Any, overrides: Sequence[str]) -> Iterator[Problem]:
    """A warning where the composed recipe's `name` was said by a recipe that `file` inherits from."""
    own = read(file.path.read_text(encoding="utf-8"), str(file.path))
    inherits = next((entry for entry in default_entries(file.path) if not entry.group), None)
    if not inherits or (own and "name" in own.children):
        return
    said = Locator(file, tuple(overrides)).place(("name",))
    if (
        said.line and Path(said.source).parent in file.search
    ):  # no config group's file: an experiment may name it
        told = f"releases, runs and champions are shared with {name!r} ({said}): give it a name of its own"
        yield Problem("name", told, inherits.place, ("name",), severity="warning")
