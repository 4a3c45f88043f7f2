"""Discovery: found by path, imported only when named, clashes and broken plugins named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from stagewright import lifecycle
from stagewright.plugin.registry import PluginError, Registry

WONDER = """
    '''A wonder.'''
    from stagewright.stages import train
    from stagewright.stages.framing import Task

    @train.model
    def wonder(task: Task, /, *, width: int = 3) -> object:
        return width
"""


def test_a_file_dropped_into_the_project_is_found(toy: Any) -> None:
    toy.plugin("train/model/wonder.py", WONDER)
    component = Registry(toy.path).component("train.model", {"type": "wonder", "width": 5})
    assert component(None) == 5


def test_listing_imports_nothing(toy: Any) -> None:
    toy.plugin("train/model/bomb.py", "raise RuntimeError('imported')\n")
    assert "bomb" in {found.name for found in Registry(toy.path).names("train.model")}


def test_an_unknown_name_gets_the_nearest_one(toy: Any) -> None:
    with pytest.raises(PluginError, match="did you mean 'small'"):
        Registry(toy.path).load("train.model", "smal")


def test_two_roots_with_one_name_are_an_error_that_names_both(toy: Any) -> None:
    path = toy.plugin("train/model/unet.py", WONDER.replace("wonder", "unet"))
    with pytest.raises(PluginError, match="offered twice") as error:
        Registry(toy.path).load("train.model", "unet")
    assert str(path) in str(error.value)
    assert str(Path("stagewright_plugins/train/model/unet.py")) in str(error.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\nraise ValueError('boom')\n", "ValueError: boom"),
        ("import not_there_at_all\n", "No module named 'not_there_at_all'"),
        ("def broken(:\n", "SyntaxError"),
        ("other = 1\n", "no callable named 'broken'"),
        ("def broken(task, /): ...\n", "has no mark"),
        (WONDER.replace("wonder", "broken").replace("@train.model", "@train.loss"), "marked as train.loss"),
    ],
)
def test_a_broken_plugin_is_one_line_with_its_place(toy: Any, source: str, said: str) -> None:
    path = toy.plugin("train/model/broken.py", source)
    with pytest.raises(PluginError) as error:
        Registry(toy.path).load("train.model", "broken")
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name", ["../small", "a.b", "small.py", "/etc/passwd", "", "_small", "small/../large"]
)
def test_a_name_is_never_a_path(toy: Any, name: str) -> None:
    with pytest.raises(PluginError):
        Registry(toy.path).load("train.model", name)


def test_every_kind_of_the_contracts_has_a_folder_name() -> None:
    for name in lifecycle.contracts():
        assert all(part.isidentifier() for part in name.split("."))


@pytest.mark.parametrize("stray", ["stray.py", "train/modle/stray.py"])
def test_a_plugin_in_no_kinds_folder_is_pointed_at(stray: str, toy: Any) -> None:
    toy.plugin(stray, "")
    said = f"plugins/{stray} is in no kind's folder; move it to plugins/train/model/"
    with pytest.raises(PluginError, match=re.escape(said)):
        Registry(toy.path).find("train.model", "stray")


@pytest.mark.parametrize("linked", ["plugins", "plugins/train/model", "plugins/train/model/wonder.py"])
def test_a_link_that_leads_out_of_the_project_is_not_followed(linked: str, tmp_path: Path) -> None:
    outside, project = tmp_path / "outside", tmp_path / "project"
    file = outside / "train" / "model" / "wonder.py"
    file.parent.mkdir(parents=True)
    file.write_text("raise RuntimeError('imported')\n")
    link = project / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(outside / Path(linked).relative_to("plugins"))
    with pytest.raises(PluginError, match="leads out of the project, to") as error:
        Registry(project).load("train.model", "wonder")
    assert str(file) in str(error.value)


def test_a_link_within_the_project_is_followed(toy: Any) -> None:
    path = toy.plugin("train/model/wonder.py", WONDER)
    kept = toy.path / "shared" / "wonder.py"
    kept.parent.mkdir()
    path.rename(kept)
    path.symlink_to(kept)
    assert Registry(toy.path).load("train.model", "wonder").found.path == path
