"""From a recipe's name to a checked recipe: compose, check, give every problem its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stagewright.check import Checked, check
from stagewright.errors import RecipeError
from stagewright.locate import Locator
from stagewright.recipe import Composed, RecipeFile, compose
from stagewright.registry import Registry
from stagewright.store import Store


@dataclass(frozen=True)
class Loaded:
    """A checked recipe with everything needed to plan or run it."""

    file: RecipeFile
    composed: Composed
    registry: Registry
    checked: Checked

    @property
    def store(self) -> Store:
        """The project's store."""
        return Store(self.file.project_root)


def load(file: RecipeFile, overrides: Sequence[str] = ()) -> Loaded:
    """Compose and check a recipe; raises RecipeError with every problem, each with its place."""
    composed = compose(file, overrides)
    return Loaded(file, composed, *checked(file, overrides, composed.config))


def checked(
    file: RecipeFile, overrides: Sequence[str], config: Mapping[str, Any]
) -> tuple[Registry, Checked]:
    """A composed recipe held against its project's registry; raises RecipeError with places."""
    registry = Registry(file.project_root)
    try:
        return registry, check({"name": file.path.stem, **config}, registry)
    except RecipeError as error:
        locator = Locator(file, tuple(overrides))
        placed = [
            item if item.place or not item.path else replace(item, place=locator.place(item.path))
            for item in error.problems
        ]
        placed.sort(key=lambda item: (item.place.source, item.place.line) if item.place else ("", 0))
        raise RecipeError(placed) from error
