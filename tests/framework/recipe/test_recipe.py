"""Which file a recipe's name means, and which project it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.errors import RecipeError
from stagewright.recipe.recipe import bundled, find


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("name: x\n")
    return path


def test_a_name_is_found_here_then_in_recipes_then_among_the_bundled(tmp_path: Path) -> None:
    assert find("brain_tissue", str(tmp_path)).path == bundled("recipes") / "brain_tissue.yaml"
    inside = write(tmp_path / "recipes" / "brain_tissue.yaml")
    assert find("brain_tissue", str(tmp_path)).path == inside
    here = write(tmp_path / "brain_tissue.yaml")
    assert find("brain_tissue", str(tmp_path)).path == here


def test_a_name_is_found_from_a_folder_below(tmp_path: Path) -> None:
    path = write(tmp_path / "recipes" / "a.yaml")
    (tmp_path / "notes").mkdir()
    assert find("a", str(tmp_path / "notes")).path == path


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "elsewhere" / "a.yaml")
    assert find("elsewhere/a.yaml", str(tmp_path)).path == path
    assert find(str(path), "/").path == path


def test_the_project_is_the_parent_of_recipes_else_the_recipes_folder(tmp_path: Path) -> None:
    assert find(str(write(tmp_path / "recipes" / "a.yaml")), "/").project == tmp_path
    assert find(str(write(tmp_path / "own" / "a.yaml")), "/").project == tmp_path / "own"


def test_a_bundled_recipe_works_in_the_users_project(tmp_path: Path) -> None:
    file = find("brain_tissue", str(tmp_path))
    assert file.project == tmp_path
    assert file.search[-1] == bundled("conf")


def test_a_misspelt_name_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        RecipeError, match=r"brain_tisue: no recipe of this name, did you mean 'brain_tissue'"
    ):
        find("brain_tisue", str(tmp_path))


def test_a_missing_path_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"recipes/a\.yaml: no such recipe file"):
        find("recipes/a.yaml", str(tmp_path))


def test_what_is_there_but_no_recipe_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "recipes" / "folder.yaml").mkdir(parents=True)
    with pytest.raises(RecipeError, match="folder: no recipe of this name, known: brain_tissue"):
        find("folder", str(tmp_path))
    with pytest.raises(RecipeError, match=r"recipes/folder\.yaml: is not a file that ends in \.yaml"):
        find("recipes/folder.yaml", str(tmp_path))


def test_an_added_folder_stands_before_the_bundled_groups(tmp_path: Path) -> None:
    write(tmp_path / "recipes" / "a.yaml")
    file = find("a", str(tmp_path), "more")
    assert file.search.index(tmp_path / "more") < file.search.index(bundled("conf"))
