"""stagewright new: what it writes works as it is, and nothing is ever written over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stagewright.cli import main

PROGRAM = Path(sys.executable).with_name("stagewright")


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A new project `cells`, and we stand in it."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "project", "cells"]) == 0
    capsys.readouterr()
    monkeypatch.chdir(tmp_path / "cells")
    return tmp_path / "cells"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_project_has_a_recipe_a_plugin_its_test_and_ci(cells: Path) -> None:
    assert files(cells) == {
        ".github/workflows/ci.yaml", ".gitignore", "README.md", "pyproject.toml", "recipes/cells.yaml",
        "plugins/data/source/drawn_cells.py", "tests/plugins/data/source/test_drawn_cells.py",
        "tests/test_recipes.py",
    }  # fmt: skip
    assert not [path for path in cells.rglob("*") if path.is_file() and "PROJECT_NAME" in path.read_text()]


def test_a_project_passes_its_check_and_its_tests_at_once(cells: Path) -> None:
    checked = subprocess.run([PROGRAM, "check", "cells"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("cells: no problems")
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout
    assert "9 passed" in tested.stdout


@pytest.mark.slow
def test_a_project_runs_at_once_from_objective_to_monitoring(cells: Path) -> None:
    ran = subprocess.run([PROGRAM, "run", "cells"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "all gates passed" in ran.stdout
    again = subprocess.run([PROGRAM, "plan", "cells"], capture_output=True, text=True, check=False)
    assert "would run" not in again.stdout.lower().replace("0 would run", ""), again.stdout


@pytest.mark.parametrize(
    ("task", "data"),
    [("segmentation", "mine/images"), ("classification", "mine.csv"), ("translation", "mine.tsv")],
)
def test_a_recipe_misses_nothing_but_its_data(
    task: str, data: str, cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "recipe", "mine", "--task", task]) == 0
    assert "wrote recipes/mine.yaml" in capsys.readouterr().out
    assert main(["check", "mine", "--fresh"]) == 2
    (missing,) = capsys.readouterr().err.splitlines()
    assert f"data.source.path: there is nothing at 'data/{data.split('/', maxsplit=1)[0]}'" in missing
    (cells / "data" / data).mkdir(parents=True)
    assert main(["check", "mine", "--fresh"]) == 0


def test_a_plugin_and_its_test_are_written_where_they_belong(
    cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "plugin", "train.loss", "ours"]) == 0
    told = capsys.readouterr().out
    assert "wrote plugins/train/loss/ours.py\nwrote tests/plugins/train/loss/test_ours.py\n" in told
    assert "train: {loss: {type: ours}}" in told
    assert main(["check", "cells", "train.loss={type: ours, foreground: 2}", "--fresh"]) == 0
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/plugins/train/loss/test_ours.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["project", "../out"], "'../out' cannot name a project"),
        (["project", "a b"], "cannot name a project"),
        (["project", "x" * 300], "cannot name a project"),
        (["recipe", "/etc/passwd"], "cannot name a recipe"),
        (["recipe", "mine", "--task", "clasification"], "did you mean 'classification'?"),
        (["recipe", "cells"], "recipes/cells.yaml is there already; nothing was written"),
        (["plugin", "train.modle", "ours"], "did you mean 'train.model'?"),
        (["plugin", "train.model", "class"], "'class' cannot name a plugin: it is a keyword of Python"),
        (["plugin", "train.model", "_ours"], "are for files of your own"),
        (["plugin", "train.model", "test_ours"], "are for files of your own"),
        (["plugin", "train.model", "unet"], "train.model has a plugin 'unet' already, in "),
        (["plugin", "data.source", "drawn_cells"], "data.source has a plugin 'drawn_cells' already"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    words: list[str], said: str, cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(cells.parent)
    assert main(["new", *words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert files(cells.parent) == before


def test_a_test_that_is_there_keeps_its_plugin_from_being_written(
    cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = cells / "tests" / "plugins" / "train" / "loss" / "test_ours.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["new", "plugin", "train.loss", "ours"]) == 2
    assert mine.read_text() == "mine"
    assert not (cells / "plugins" / "train").exists()


def test_a_link_out_of_the_project_is_not_written_through(cells: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (cells / "plugins" / "train").symlink_to(outside)
    assert main(["new", "plugin", "train.loss", "ours"]) == 2
    assert not list(outside.iterdir())
