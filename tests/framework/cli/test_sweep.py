"""`stagewright sweep`: how a study stands, its best settings as an overlay, its dashboard."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
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
    other = toy.cli("sweep", "status", "toy", "train.score=0.7", "-m", "train.seconds=0,1")
    assert "`stagewright run toy train.score=0.7 -m train.seconds=0,1` begins it" in other.stderr
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


def test_best_goes_where_it_is_told_and_the_command_takes_it_from_there(toy: Any, tmp_path: Path) -> None:
    written(toy)
    toy.cli("run", "toy")
    said = toy.cli("sweep", "best", "toy", "--out", "conf/mine/found.yaml").stdout.splitlines()[-1]
    assert said == "stagewright run toy +mine=found"
    reproduced(toy, said)
    ended = toy.cli("sweep", "best", "toy", f"--out={tmp_path}/found.yaml")
    assert ended.stdout.splitlines()[-1] == (
        "no recipe finds it there: move it to conf/experiment, then stagewright run toy +experiment=found"
    )
    (toy.path / "conf" / "experiment").mkdir()
    (tmp_path / "found.yaml").rename(toy.path / "conf" / "experiment" / "found.yaml")
    reproduced(toy, "stagewright run toy +experiment=found")
    ended = toy.cli("sweep", "best", "toy", "--out", "found.yml")
    assert (ended.returncode, ended.stderr) == (1, "--out found.yml: name a file that ends with .yaml\n")
    assert not (toy.path / "found.yml").exists()


def reproduced(toy: Any, command: str) -> None:
    """The command that `best` prints does what the best trial did: nothing is left to run, and it is the same training."""
    ran = toy.cli(*command.split()[1:])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "✓ train  cached" in ran.stdout
    assert "▸ sweep" not in ran.stdout


def test_what_another_plugin_does_not_have_is_taken_back(toy: Any) -> None:
    params = {"train.model": "choice(large)", "train.score": "choice(0.7)"}
    toy.written({"train.model": {"type": "small", "width": 9}, "sweep": SWEEP | {"params": params}})
    toy.cli("run", "toy")
    said = toy.cli("sweep", "best", "toy").stdout.splitlines()[-1]
    assert said == "stagewright run toy +experiment=toy_best"
    overlay = yaml.safe_load((toy.path / "conf" / "experiment" / "toy_best.yaml").read_text())
    assert overlay["train"] == {"score": 0.7, "model": {"type": "large", "width": None}}
    reproduced(toy, said)


def test_the_overrides_of_the_run_are_part_of_what_was_found(toy: Any) -> None:
    toy.written(toy.live({"objective.problem": "slow", "sweep": SWEEP, "train.seconds": 0.01}))
    words = ("data.size=2", "~monitor", "~train.seconds", "train.model={type: small, width: 3}")
    assert toy.cli("run", "toy", *words).returncode == 0
    said = toy.cli("sweep", "best", "toy", *words).stdout.splitlines()[-1]
    overlay = yaml.safe_load((toy.path / "conf" / "experiment" / "toy_best.yaml").read_text())
    assert overlay["monitor"] is None
    assert overlay["train"]["seconds"] == 0.0  # the plugin's default
    reproduced(toy, said)
    reproduced(toy, f"{said} data.size=2 ~monitor ~train.seconds")  # said again they change nothing


def test_what_a_group_gave_and_what_no_file_can_take_back(toy: Any) -> None:
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")
    toy.plugin(
        "evaluate/noted.py",
        """
        '''Evaluation with notes by name.'''
        from stagewright.stages import evaluate
        from stagewright.stages.evaluate import Inputs
        from stagewright.stages.scores import Score, Scores

        @evaluate.stage
        def noted(inputs: Inputs, /, *, notes: dict[str, str] = {}) -> Scores:
            return Scores(inputs.context.workdir, "test", {"acc": Score(0.9, 0.8, 1.0, 9)})
        """,
    )
    params = {"train/model": ["deep"], "train.score": "choice(0.7)"}
    changes = {"evaluate": {"type": "noted", "notes": {"a": "x", "b": "y"}}, "train": ...}
    path = toy.written(changes | {"sweep": SWEEP | {"params": params}})
    path.write_text("defaults:\n- train/model: wide\n- _self_\ntrain: {type: toy}\n" + path.read_text())
    assert toy.cli("run", "toy", "~evaluate.notes.b").returncode == 0
    said = toy.cli("sweep", "best", "toy", "~evaluate.notes.b").stdout.splitlines()[-1]
    assert said == "stagewright run toy +experiment=toy_best ~evaluate.notes.b"
    reproduced(toy, said)
    assert "✓ evaluate  cached" in toy.cli(*said.split()[1:]).stdout


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


def test_who_ends_the_command_ends_the_dashboard(toy: Any, tmp_path: Path) -> None:
    written(toy)
    toy.cli("run", "toy")
    tool = tmp_path / "bin" / "no-such-dashboard"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\necho "up $$"\nexec sleep 60\n')
    tool.chmod(0o755)
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    program = [str(Path(sys.executable).with_name("stagewright")), "sweep", "dashboard", "toy"]
    with subprocess.Popen(
        program, cwd=toy.path, env=os.environ | {"PATH": path}, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        up = next(line for line in command.stdout if line.startswith("up "))
        assert int(up.split()[1]) == command.pid
        command.send_signal(signal.SIGTERM)
        assert command.wait(10) == -signal.SIGTERM


def test_what_is_wrong_is_one_line(toy: Any) -> None:
    toy.written()
    assert "has no sweep" in toy.cli("sweep", "status", "toy").stderr
    assert "did you mean 'status'?" in toy.cli("sweep", "statsu", "toy").stderr
    assert toy.cli("sweep").returncode == 2
