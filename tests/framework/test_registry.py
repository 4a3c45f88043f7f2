"""Discovery: found by path, imported only when named, clashes and broken plugins named."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stagewright import lifecycle
from stagewright.registry import PluginError, Registry

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


def test_relative_imports_work_inside_a_project(toy: Any) -> None:
    component = Registry(toy.path).component("data", {"type": "toy"})
    assert component.type == "toy"


def test_every_kind_of_the_contracts_has_a_folder_name() -> None:
    for name in lifecycle.contracts():
        assert all(part.isidentifier() for part in name.split("."))


def test_naming_every_bundled_plugin_imports_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from stagewright import lifecycle\n"
        "from stagewright.registry import Registry\n"
        "from stagewright.settings import settings_of\n"
        "registry = Registry()\n"
        "for kind in lifecycle.contracts():\n"
        "    for found in registry.names(kind):\n"
        "        settings_of(registry.load(found.kind, found.name).function)\n"
        "heavy = {'torch', 'numpy', 'pandas', 'mlflow', 'datasets', 'optuna', 'lightning', 'scipy', 'PIL'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = '\xff\xfe'\n", "SyntaxError"),
        (b"import sys\nsys.exit(3)\n", "SystemExit: 3"),
        (b"x = 1\0\n", "null bytes"),
        (b"from .echo import echo\n", "circular import"),
    ],
    ids=["not UTF-8", "exits", "binary", "imports one another"],
)
def test_a_plugin_that_cannot_be_imported_spoils_nothing_else(toy: Any, content: bytes, said: str) -> None:
    path = toy.plugin("train/model/broken.py", "")
    path.write_bytes(content)
    toy.plugin("train/model/echo.py", "from .broken import broken\n")
    registry = Registry(toy.path)
    with pytest.raises(PluginError) as error:
        registry.load("train.model", "broken")
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert registry.load("train.model", "small").found.name == "small"
    assert toy.check({"train.model": {"type": "small"}}).name == "toy"


def test_a_broken_plugin_is_listed_as_such_and_the_rest_go_on(toy: Any) -> None:
    toy.plugin("train/model/broken.py", "raise ValueError('boom')\n")
    listed = toy.cli("plugins", "train.model")
    assert listed.returncode == 1
    assert "BROKEN train.model plugin 'broken' raises at import: ValueError: boom" in listed.stdout
    assert "Another toy model." in listed.stdout


def test_an_end_that_is_no_error_spoils_only_the_plugin(toy: Any) -> None:
    toy.plugin("train/model/broken.py", "import pytest\n\npytest.skip('no GPU', allow_module_level=True)\n")
    toy.written({"train.model": {"type": "broken"}})
    assert "'broken' raises at import: Skipped: no GPU" in toy.cli("check", "toy").stderr
    assert "BROKEN train.model plugin 'broken'" in toy.cli("plugins", "train.model").stdout


def test_an_interrupt_of_its_own_spoils_only_the_plugin(toy: Any) -> None:
    toy.plugin("train/model/broken.py", "raise KeyboardInterrupt\n")
    listed = toy.cli("plugins", "train.model")
    assert "BROKEN train.model plugin 'broken' raises at import: KeyboardInterrupt" in listed.stdout
    assert "Another toy model." in listed.stdout


def test_ctrl_c_while_a_plugin_is_imported_ends_the_program(toy: Any) -> None:
    toy.plugin("train/model/slow.py", "import os, signal\n\nos.kill(os.getpid(), signal.SIGINT)\n")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # the shell may ignore Ctrl-C
    try:
        with pytest.raises(KeyboardInterrupt):
            Registry(toy.path).load("train.model", "slow")
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_a_plugin_prints_is_not_part_of_an_answer(toy: Any) -> None:
    path = toy.plugin("train/model/wonder.py", WONDER)
    path.write_text(f"{path.read_text()}\nprint('hello')\n")
    toy.written({"train.model": {"type": "wonder"}})
    ended = toy.cli("check", "toy", "--format", "json")
    assert (json.loads(ended.stdout), ended.stderr) == ([], "hello\n")


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
