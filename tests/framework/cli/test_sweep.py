"""`stagewright sweep`: how a study stands, its best settings as an overlay, its dashboard."""

from __future__ import annotations

import json
from typing import Any

import yaml

SWEEP = {"type": "toy", "params": {"train.score": "interval(0.4, 1)"}, "trials": 5}


def written(toy: Any, **settings: Any) -> None:
    toy.written({"sweep": SWEEP | settings})


def test_status_says_how_far_it_is_and_the_best(toy: Any) -> None:
    written(toy)
    before = toy.cli("sweep", "status", "toy")
    assert before.returncode == 1
    assert "was not begun: `stagewright run toy` begins it" in before.stderr
    toy.cli("run", "toy")
    said = toy.cli("sweep", "status", "toy").stdout
    assert "5 of 5 finished (5 complete, 0 failed)" in said
    assert "train.score=0.9" in said
    more = toy.cli("sweep", "status", "toy", "sweep.trials=9")  # the same study, not finished any more
    assert "5 of 9 finished" in more.stdout


def test_best_is_an_overlay_that_a_run_takes(toy: Any) -> None:
    written(toy)
    toy.cli("run", "toy")
    said = toy.cli("sweep", "best", "toy")
    assert said.returncode == 0, said.stderr
    path = toy.path / "conf" / "experiment" / "toy_best.yaml"
    overlay = yaml.safe_load(path.read_text())
    assert path.read_text().startswith("# @package _global_\n")
    assert overlay.keys() == {"train", "sweep"}
    assert overlay["sweep"] is None
    assert said.stdout.splitlines()[-1] == "stagewright run toy +experiment=toy_best"
    plan = json.loads(toy.cli("plan", "toy", "+experiment=toy_best", "--json").stdout)
    assert {step["status"] for step in plan} == {"cached"}
    assert "sweep" not in {step["step"] for step in plan}


def test_what_an_overlay_cannot_remove_is_said(toy: Any) -> None:
    params = {"train.model": "choice(large)", "train.score": "choice(0.7)"}
    toy.written({"train.model": {"type": "small", "width": 9}, "sweep": SWEEP | {"params": params}})
    toy.cli("run", "toy")
    said = toy.cli("sweep", "best", "toy", "--out", "best.yaml").stdout.splitlines()[-1]
    assert said == "stagewright run toy +experiment=best ~train.model.width"
    assert yaml.safe_load((toy.path / "best.yaml").read_text())["train"] == {
        "score": 0.7,
        "model": {"type": "large"},
    }


def test_the_command_lines_study_is_found_by_the_same_words(toy: Any) -> None:
    toy.written()
    words = ("-m", "train.score=interval(0.5,0.6)", "sweep.type=toy")
    toy.cli("run", "toy", *words)
    assert "4 of 4 finished" in toy.cli("sweep", "status", "toy", *words).stdout


def test_a_missing_dashboard_is_named_with_its_command(toy: Any) -> None:
    written(toy)
    toy.cli("run", "toy")
    said = toy.cli("sweep", "dashboard", "toy")
    assert said.returncode == 1
    assert said.stdout.startswith("no-such-dashboard ")
    assert "pip install no-such-dashboard" in said.stdout


def test_what_is_wrong_is_one_line(toy: Any) -> None:
    toy.written()
    assert "has no sweep" in toy.cli("sweep", "status", "toy").stderr
    assert "did you mean 'status'?" in toy.cli("sweep", "statsu", "toy").stderr
    assert toy.cli("sweep").returncode == 2
