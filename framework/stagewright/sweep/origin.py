"""Where a recipe's values came from, so that it can be composed anew with other choices of config groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from stagewright.errors import RecipeError
from stagewright.frozen import frozen
from stagewright.recipe.recipe import RecipeFile


@frozen
class Origin:
    """A recipe file and what was laid over it. Small and plain: it goes to other processes.

    Attributes:
        overrides: as typed on the command line.
        changes: values by dotted key that were set after composing.
    """

    file: RecipeFile
    overrides: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    def options(self, group: str) -> list[str]:
        """Names of the files in a config group; empty where there is no such group."""
        found = {path.stem for folder in self.file.search for path in (folder / group).glob("*.yaml")}
        return sorted(found)

    def chosen(self, group: str) -> str | None:
        """The file that the recipe has from a config group; None where it has none, or several."""
        from stagewright.recipe.compose import Composer

        composer = Composer(self.file, self.overrides)
        found = composer.listed([item for item in composer.parsed() if composer.is_choice(item)])
        paths = {item.config_path for item in found if item.config_path}
        names = [path[len(group) + 1 :] for path in paths if path.startswith(f"{group}/")]
        return names[0] if len(names) == 1 and "/" not in names[0] else None

    def composed(self, choices: Mapping[str, str]) -> dict[str, Any]:
        """The recipe with these options of its groups; raises RecipeError where that cannot be composed."""
        from stagewright.recipe.compose import compose
        from stagewright.sweep.space import laid

        own = [text for text in self.overrides if text.lstrip("+~").partition("=")[0] not in choices]
        words = [f"{group}={name}" for group, name in choices.items()]
        composed = compose(self.file, [*own, *words])
        if composed.problems:  # a group that the defaults list does not choose from has to be added
            composed = compose(self.file, [*own, *(f"+{word}" for word in words)])
        if composed.problems:
            raise RecipeError(composed.problems)
        return laid({"name": self.file.name, **composed.config}, self.changes)
