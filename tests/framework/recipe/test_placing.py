"""What is told of a problem once its place is known."""

from __future__ import annotations

import pytest

from stagewright.check.loading import load
from stagewright.errors import RecipeError
from stagewright.recipe.recipe import find

from ..conftest import Toy


def said(toy: Toy, *overrides: str) -> list[str]:
    try:
        load(find("toy", str(toy.path)), overrides)
    except RecipeError as error:
        return [str(problem).replace(f"{toy.path}/", "") for problem in error.problems]
    return []


@pytest.fixture
def wide(toy: Toy) -> Toy:
    """A recipe that says the width of its model, and a preset of another model."""
    toy.written({"train.model.width": 5})
    (toy.path / "conf" / "train" / "model").mkdir(parents=True)
    (toy.path / "conf" / "train" / "model" / "deep.yaml").write_text("type: large\ndepth: 9\n")
    return toy


@pytest.mark.parametrize(
    ("override", "swapped"),
    [
        ("+train/model=deep", "conf/train/model/deep.yaml:1:1"),
        ("train.model.type=large", "override 'train.model.type=large'"),
        ("train.model={type: large}", "override 'train.model={type: large}'"),
    ],
)
def test_a_setting_of_the_plugin_that_was_there_before_names_both(
    wide: Toy, override: str, swapped: str
) -> None:
    lines = (wide.path / "recipes" / "toy.yaml").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "width" in text)
    assert said(wide, override) == [
        f"recipes/toy.yaml:{line}:5 train.model.width: `width` was said for 'small' (recipes/toy.yaml:{line - 1}:5); "
        f"'large' ({swapped}) has no such setting: remove it with ~train.model.width"
    ]
    assert said(wide, override, "~train.model.width") == []


def test_a_setting_said_for_the_new_plugin_is_only_unknown(wide: Toy) -> None:
    (line,) = said(wide, "train.model.type=large", "train.model.width=3")
    assert line.startswith("override 'train.model.width=3' train.model.width: unknown setting of")
    assert said(wide, "train.model=large") == []  # a name stands for a plugin without settings
