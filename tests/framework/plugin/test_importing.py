"""Importing plugins: one that cannot be imported spoils nothing else, and none says a word of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from stagewright.plugin.registry import PluginError, Registry


def test_relative_imports_work_inside_a_project(toy: Any) -> None:
    component = Registry(toy.path).component("data", {"type": "toy"})
    assert component.type == "toy"


def test_naming_every_bundled_plugin_imports_no_heavy_library() -> None:
    program = (
        "import sys\n"
        "from stagewright import lifecycle\n"
        "from stagewright.plugin.registry import Registry\n"
        "from stagewright.plugin.settings import settings_of\n"
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
    path = toy.path / "plugins" / "train" / "model" / "small.py"
    path.write_text(f"{path.read_text()}\nprint('hello')\n")
    toy.written()
    ended = toy.cli("check", "toy", "--format", "json")
    assert (json.loads(ended.stdout), ended.stderr) == ([], "hello\n")
