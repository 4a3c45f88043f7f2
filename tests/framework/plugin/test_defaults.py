"""A default of the wrong type is the plugin's own mistake: told at its line, not at the recipe's."""

from __future__ import annotations

import pytest

from stagewright.errors import RecipeError
from stagewright.plugin.registry import Registry

MODEL = """
    '''A model.'''
    from pathlib import Path
    from stagewright.stages import train
    from stagewright.stages.framing import Task

    @train.model
    def odd(task: Task, /, *, depth: int = 4, width: int = "wide", sizes: tuple[int, ...] = (1, 2),
            folder: Path = Path("a"), rate: float | None = None) -> object:
        return None
"""
WRONG = (
    "the default of setting 'width' of train.model plugin 'odd' does not fit its type: "
    "input should be a valid integer, got 'wide'"
)


def test_check_names_the_plugin_and_its_line(toy):
    toy.plugin("train/model/odd.py", MODEL)
    toy.written({"train.model": "odd"})
    told = toy.cli("check", "toy")
    assert told.returncode == 2
    assert f"plugins/train/model/odd.py:7:56 train.model.width: {WRONG}" in told.stdout + told.stderr


def test_what_the_recipe_says_instead_is_right(toy):
    toy.plugin("train/model/odd.py", MODEL)
    toy.check({"train.model": {"type": "odd", "width": 3}})


@pytest.mark.parametrize(("width", "blames"), [("wide", True), (True, False), ("wider", False)])
def test_a_default_written_down_is_told_as_the_plugins(toy, width, blames):
    toy.plugin("train/model/odd.py", MODEL.replace('"wide"', '"wide"' if width == "wide" else "1"))
    with pytest.raises(RecipeError) as caught:
        Registry(toy.path).component("train.model", {"type": "odd", "width": width})
    (found,) = caught.value.problems
    assert ("the default of" in found.message) is blames
    assert (found.place is not None) is blames
