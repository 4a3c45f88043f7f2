"""A new recipe, of a kind of task."""

from __future__ import annotations

from stagewright.errors import RecipeError
from stagewright.nearest import suggestion
from stagewright.scaffold.naming import named
from stagewright.scaffold.template import FOLDER, filled


def tasks() -> list[str]:
    """What a recipe can be begun for."""
    return sorted(path.stem for path in (FOLDER / "recipes").glob("*.yaml"))


def recipe_files(name: str, task: str) -> dict[str, str]:
    """The recipe's file by path below the project; raises RecipeError for a wrong name or task."""
    named(name, "recipe")
    if task not in tasks():
        raise RecipeError(
            f"there is no recipe for the task {task[:80]!r}, {suggestion(task, tasks(), 'task')}"
        )
    return {f"recipes/{name}.yaml": filled(FOLDER / "recipes" / f"{task}.yaml", name)}
