"""Recipes from parts, as docs/composition.md shows them: inheritance, presets, experiments; errors in the right file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from documents import blocks
from stagewright.cli import main

PAGE = "docs/composition.md"
COMMANDS = [typed for block in blocks("console", page=PAGE) for typed in block.typed]


def written(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the files that the page shows."""
    for block in blocks("yaml", page=PAGE):
        assert block.file
        written(tmp_path, block.file, block.text.partition("\n")[2])  # the first line only names the file
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_the_page_s_commands_say_what_it_shows(
    project: Path, capsys: pytest.CaptureFixture[str], command: str, shown: str
) -> None:
    code = main(shlex.split(command)[1:])
    said = capsys.readouterr()
    for line in shown.splitlines():
        assert line in said.out + said.err
    assert code == (2 if shown.startswith("override") else 0), said.err


def check(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> list[str]:
    assert main(["check", *words, "--fresh"]) == code
    return capsys.readouterr().err.splitlines()


BASE = "defaults: [brain_tissue, train/scheduler: cosine, _self_]\nname: wide\ntrain: {model: {width: 16}}\n"
NEXT = "defaults:\n  - wide\n  - override train/scheduler: constant\n  - _self_\nname: wider\n"
EXPERIMENT = "# @package _global_\ntrain:\n  max_epochs: 3\n  loss: {type: focal, gamma: 3}\n"
# (file, what it says instead, what is checked, the only line that comes back)
WRONG: dict[str, tuple[str, str, list[str], str]] = {
    "a value of the base": (
        "recipes/wide.yaml", BASE.replace("16", "sixteen"), ["wider"],
        "recipes/wide.yaml:3:17 train.model.width: input should be a valid integer, got 'sixteen'"),
    "a key of the base": (
        "recipes/wide.yaml", BASE.replace("width", "widht"), ["wider"],
        "recipes/wide.yaml:3:17 train.model.widht: unknown setting of train.model plugin 'unet', did you mean 'width'?"),
    "a value of the recipe itself": (
        "recipes/wider.yaml", f"{NEXT}train:\n  max_epochs: many\n", ["wider"],
        "recipes/wider.yaml:7:3 train.max_epochs: input should be a valid integer, got 'many'"),
    "a section of the recipe itself": (
        "recipes/wider.yaml", f"{NEXT}trian: {{}}\n", ["wider"],
        "recipes/wider.yaml:6:1 trian: unknown section, did you mean 'train'?"),
    "the base's name": (
        "recipes/wide.yaml", BASE.replace("brain_tissue", "brain_tisue"), ["wider"],
        "recipes/wide.yaml:1:12 defaults: no config 'brain_tisue', did you mean 'brain_tissue'?"),
    "the name of its base": (
        "recipes/wider.yaml", NEXT.replace("- wide\n", "- wyde\n"), ["wider"],
        "recipes/wider.yaml:2:5 defaults: no config 'wyde', did you mean 'wide'?"),
    "a preset of the base": (
        "recipes/wide.yaml", BASE.replace("cosine", "cosin"), ["wide"],
        "recipes/wide.yaml:1:26 defaults.train/scheduler: no config 'cosin', did you mean 'cosine'?"),
    "a preset chosen anew": (
        "recipes/wider.yaml", NEXT.replace("constant", "constnt"), ["wider"],
        "recipes/wider.yaml:3:5 defaults.train/scheduler: no config 'constnt', did you mean 'constant'?"),
    "a setting of an experiment": (
        "conf/experiment/focal.yaml", EXPERIMENT.replace("gamma", "gama"), ["wider", "+experiment=focal"],
        "conf/experiment/focal.yaml:4:23 train.loss.gama: unknown setting of train.loss plugin 'focal', did you mean 'gamma'?"),
    "a preset of an experiment": (
        "conf/experiment/focal.yaml",
        EXPERIMENT.replace("train:", "defaults:\n  - override /train/scheduler: constnt\ntrain:"), ["wide", "+experiment=focal"],
        "conf/experiment/focal.yaml:3:5 defaults.train/scheduler: no config 'constnt', did you mean 'constant'?"),
    "an experiment that is not put at the top": (
        "conf/experiment/focal.yaml", "# ours\n# @package _global_\ndefaults: [override /train/scheduler: constant]\n",
        ["wide", "+experiment=focal"],
        "conf/experiment/focal.yaml:3:1 defaults: nothing chooses from 'train/scheduler' where this file is put; an "
        "experiment says `override /train/scheduler` below `# @package _global_`, the file's first line"),
    "an experiment's name": (
        "recipes/wide.yaml", BASE, ["wider", "+experiment=focl"],
        "override '+experiment=focl' defaults.experiment: no config 'focl', did you mean 'focal'?"),
    "what an override lays over all": (
        "recipes/wide.yaml", BASE, ["wider", "+experiment=focal", "train.max_epochs=many"],
        "override 'train.max_epochs=many' train.max_epochs: input should be a valid integer, got 'many'"),
    "a preset of the project": (
        "conf/train/scheduler/constant.yaml", "type: constant\nwarmup: 7\n", ["wider"],
        "conf/train/scheduler/constant.yaml:2:1 train.scheduler.warmup: input should be less than 1, got 7"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_an_error_names_the_file_that_said_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"recipes/wide.yaml": BASE, "recipes/wider.yaml": NEXT, "conf/experiment/focal.yaml": EXPERIMENT}
    name, text, words, line = WRONG[case]
    for file, content in files.items():
        written(tmp_path, file, content)
    assert check(capsys, "wider", "+experiment=focal", code=0) == []
    written(tmp_path, name, text)
    assert check(capsys, *words) == [line]


def test_a_recipe_of_one_s_own_hides_the_bundled_one_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "recipes/flight_delay.yaml", "defaults: [brain_tissue, _self_]\nname: mine\n")
    written(tmp_path, "recipes/next.yaml", "defaults: [flight_delay, _self_]\n")
    assert main(["plan", "next"]) == 0
    assert "train/unet" in capsys.readouterr().out


def test_a_recipe_that_inherits_from_itself_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "recipes/brain_tissue.yaml", "defaults: [brain_tissue, _self_]\n")
    (line,) = check(capsys, "brain_tissue")
    assert line.startswith(
        "recipes/brain_tissue.yaml:1:12 defaults: is nested in itself: this entry leads back"
    )


def test_a_recipe_without_a_name_of_its_own_is_told_what_it_shares(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> str:
        assert main(["check", *words, "--fresh"]) == 0
        return capsys.readouterr().out

    written(project, "recipes/nameless.yaml", "defaults:\n  - wide\n  - _self_\nseed: 3\n")
    written(project, "recipes/third.yaml", "defaults: [nameless, _self_]\n")
    said = "name: releases, runs and champions are shared with 'wide' (recipes/wide.yaml:2:1): give it a name"
    assert told("nameless").startswith(f"recipes/nameless.yaml:2:5 warning: {said}")
    assert told("third").startswith(f"recipes/third.yaml:1:12 warning: {said}")
    assert "warning" not in told("nameless", "name=mine")
    assert "warning" not in told("wide", "+experiment=slow")
    written(project, "conf/experiment/named.yaml", "# @package _global_\nname: other\n")
    assert "warning" not in told("nameless", "+experiment=named")
    written(project, "recipes/nameless.yaml", "defaults: [wide, _self_]\nname: its_own\n")
    assert "warning" not in told("nameless")


def test_a_copy_that_kept_its_name_is_told_what_it_shares(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(name: str) -> str:
        assert main(["check", name]) == 0
        return capsys.readouterr().out

    text = (project / "recipes" / "wide.yaml").read_text()
    written(project, "recipes/copy.yaml", text)
    said = "name: releases, runs and champions are shared with 'wide' (recipes/wide.yaml:2:1): give it a name of its own"
    assert told("copy").startswith(f"recipes/copy.yaml:2:1 warning: {said}")
    assert "warning" not in told("wide")
    (project / "recipes" / "wide.yaml").rename(project / "recipes" / "gone.yaml")
    assert "warning" not in told("copy")  # the last verdict rests on the other file, too
    written(project, "recipes/wide.yaml", text.replace("name: wide", "name: other"))
    assert "warning" not in told("copy")
