"""Every recipe of a project, held to `stagewright check` by one line of a test file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stagewright.errors import StagewrightError
from stagewright.testing.subject import caller


def recipe_tests(folder: str | Path = "recipes", /) -> Callable[[Path], None]:
    """Make the pytest function that checks every recipe in a folder of the project.

        test_recipe = recipe_tests()

    Raises:
        StagewrightError: there is no such folder, or no recipe in it.
    """
    import pytest

    near = caller()
    found = next((at / folder for at in (near, *near.parents) if (at / folder).is_dir()), None)
    recipes = sorted(found.glob("*.yaml")) if found else []
    if not recipes:
        raise StagewrightError(f"there is no recipe in a folder {folder} of {near} or above it")

    @pytest.mark.parametrize("recipe", recipes, ids=lambda recipe: recipe.stem)
    def test_recipe(recipe: Path) -> None:
        from stagewright.check.loading import load
        from stagewright.recipe.recipe import find

        load(find(str(recipe), str(recipe.parents[1])), ())

    return test_recipe
