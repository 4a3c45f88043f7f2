"""Hydra's own command line behind `stagewright run`."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from stagewright.cli.hydra_front import multirun, parse_args
from stagewright.errors import RecipeError, StagewrightError
from stagewright.recipe.recipe import find

from ..conftest import Toy


def test_flags_and_overrides_are_told_apart() -> None:
    flags, overrides = parse_args(["a=1", "-m", "b=1,2"])
    assert flags.multirun
    assert not flags.shows
    assert overrides == ["a=1", "b=1,2"]


@pytest.mark.parametrize("args", [["--nope"], ["--cfg", "all_of_it"], ["--config-name", "x"]])
def test_what_does_not_apply_is_one_line(args: list[str]) -> None:
    with pytest.raises(RecipeError) as error:
        parse_args(args)
    assert len(str(error.value).splitlines()) == 1


def test_cfg_job_prints_the_composition_with_overrides(toy: Toy) -> None:
    toy.written()
    shown = toy.cli("run", "toy", "--cfg", "job", "train.model.width=9", "seed=5")
    assert shown.returncode == 0, shown.stderr
    assert "width: 9" in shown.stdout
    assert "seed: 5" in shown.stdout
    assert "hydra:" not in shown.stdout
    package = toy.cli("run", "toy", "--cfg", "job", "-p", "train.model")
    assert package.stdout.splitlines() == ["# @package train.model", "type: small"]


@pytest.mark.parametrize("what", ["searchpath", "defaults-tree", "defaults", "config"])
def test_info_is_hydras_own(toy: Toy, what: str) -> None:
    toy.written()
    shown = toy.cli("run", "toy", "--info", what)
    assert shown.returncode == 0, shown.stderr
    assert "toy" in shown.stdout or "recipes" in shown.stdout


def test_hydra_help_is_hydras_own(toy: Toy) -> None:
    toy.written()
    assert "Hydra" in toy.cli("run", "toy", "--hydra-help").stdout


def test_a_multirun_runs_each_combination_and_compares(toy: Toy) -> None:
    toy.written()
    ended = toy.cli("run", "toy", "-m", "train.score=0.5,0.6", "train.model.width=2,3")
    assert ended.returncode == 0, ended.stderr
    listed = json.loads(toy.cli("runs", "list", "--json").stdout)
    assert len(listed) == 4
    latest = json.loads(toy.cli("runs", "show", "latest", "--json").stdout)
    assert latest["overrides"] == ["train.score=0.6", "train.model.width=3"]
    assert {step["step"]: step["status"] for step in latest["steps"]}["data"] == "cached"
    assert "train.model.width" in ended.stdout  # the comparison table


def test_all_combinations_are_checked_before_the_first_one_runs(toy: Toy) -> None:
    toy.written()
    ended = toy.cli("run", "toy", "-m", "train.score=0.5,7,many", "train.model.width=0,3", "seed=1")
    assert ended.returncode == 2
    assert sorted(line.partition(": ")[0] for line in ended.stderr.splitlines()) == [
        "override 'train.model.width=0,3' train.model.width",
        "override 'train.score=0.5,7,many' train.score",
        "override 'train.score=0.5,7,many' train.score",
    ]
    assert "++" not in ended.stderr
    assert json.loads(toy.cli("runs", "list", "--json").stdout) == []


def test_a_combination_that_is_wrong_elsewhere_is_named(toy: Toy) -> None:
    toy.written({"train.model.width": 3})
    models = toy.path / "conf" / "train" / "model"
    models.mkdir(parents=True)
    (models / "small.yaml").write_text("type: small\n")
    (models / "deep.yaml").write_text("type: large\n")
    ended = toy.cli("run", "toy", "-m", "+train/model=glob([small,deep])", "seed=1,2")
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("recipes/toy.yaml:")
    assert "with +train/model=deep seed=1: " in line


def test_a_job_that_raises_does_not_hide_the_others(toy: Toy) -> None:
    toy.written()

    def job(words: Sequence[str]) -> str:
        if "seed=1" in words:
            raise StagewrightError("no")
        return " ".join(words)

    first, second = multirun(find("toy", str(toy.path)), ["seed=1,2"], job)
    assert isinstance(first, StagewrightError)
    assert second == "seed=2"


def test_several_values_without_m_are_refused(toy: Toy) -> None:
    toy.written()
    ended = toy.cli("run", "toy", "train.score=0.5,0.6")
    assert ended.returncode == 2
    assert "add -m" in ended.stderr


def test_config_dir_adds_groups(toy: Toy) -> None:
    toy.written()
    (toy.path / "more" / "extra").mkdir(parents=True)
    (toy.path / "more" / "extra" / "wide.yaml").write_text(
        "# @package _global_\ntrain: {model: {width: 64}}\n"
    )
    shown = toy.cli("run", "toy", "--config-dir", "more", "+extra=wide", "--cfg", "job")
    assert "width: 64" in shown.stdout, shown.stderr


def test_hydras_folders_stay_in_the_store(toy: Toy) -> None:
    toy.written()
    toy.cli("run", "toy", "-m", "seed=1,2")
    names = {path.name for path in toy.path.iterdir()}
    assert names == {".stagewright", "plugins", "recipes"}


def test_a_section_is_left_out_of_a_sweep_though_a_group_has_its_name(toy: Toy) -> None:
    toy.written({"tracking": {"type": "nowhere"}})
    (toy.path / "conf" / "tracking").mkdir(parents=True)
    (toy.path / "conf" / "tracking" / "mlflow.yaml").write_text("type: mlflow\n")
    ended = toy.cli("run", "toy", "~tracking", "train.score=0.5,0.6", "-m")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("succeeded") >= 2


@pytest.mark.parametrize("verb", [("run", "toy"), ("sweep", "status", "toy")])
def test_errors_in_what_is_searched_name_the_words_as_typed(toy: Toy, verb: tuple[str, ...]) -> None:
    toy.written()
    ended = toy.cli(
        *verb, "-m", "+sweep.type=toy", "train.score=interval(1,0)", "train.model.width=interval(3,1)"
    )
    assert ended.returncode == 2
    width, score = sorted(ended.stderr.splitlines())
    assert width.startswith(
        "override 'train.model.width=interval(3,1)' sweep.params.train.model.width: from 3"
    )
    assert score.startswith("override 'train.score=interval(1,0)' sweep.params.train.score: from 1")
    ended = toy.cli(*verb, "-m", "+sweep.type=toy", "train.scor=interval(0,1)")
    assert ended.stderr.startswith("override 'train.scor=interval(0,1)' "), ended.stderr
    assert "did you mean 'score'?" in ended.stderr
