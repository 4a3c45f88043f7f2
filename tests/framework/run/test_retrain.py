"""Retraining: a run of the same recipe with newer data, from a monitor stage or by the verb."""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

import pytest

from stagewright import releases
from stagewright.live.event_log import EventLog, folder, read
from stagewright.live.retraining import moved
from stagewright.recipe.overlay import changed
from stagewright.record import record

ASKING = """
    '''Toy monitoring that retrains once with more data.'''
    from stagewright.stages import monitor
    from stagewright.stages.monitor import Health, Inputs

    @monitor.stage
    def asking(inputs: Inputs, /, *, size: int = 5, score: float = 0.6) -> Health:
        new = inputs.retrain({"data.size": size, "train.score": score}, "more data")
        version = new.package.version if new.package else new.message
        (inputs.context.workdir / "health").write_text(version)
        return Health(inputs.context.workdir, retrain=version)
"""

STOPPED = """
    '''Toy deployment during which somebody presses Ctrl-C, the second time.'''
    from stagewright.stages import deploy
    from stagewright.stages.deploy import Inputs, Package

    @deploy.stage
    def stopped(inputs: Inputs, /) -> Package:
        weights = (inputs.model.path / "weights").read_text()
        if weights != "0.5":
            raise KeyboardInterrupt
        (inputs.context.workdir / "package").write_text(weights)
        return Package(inputs.context.workdir, inputs.context.name, f"v{weights}", {})
"""


def test_a_monitor_stage_retrains_through_the_same_gates(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    outcome = toy.run(toy.live({"monitor": {"type": "asking"}}))
    assert outcome.exit_code == 0, outcome.record["message"]
    assert outcome.record["steps"][-1]["output"]["retrain"] == "v0.6"
    inner = [record.load(path) for path in record.runs(toy.store.home) if path != outcome.folder]
    assert [run["within"] for run in inner] == [outcome.folder.name]
    assert inner[0]["config"]["data"]["size"] == 5
    assert releases.current(toy.store.home, "toy", "champion").version == "v0.5"


def test_a_retraining_that_misses_the_criteria_gives_no_package(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    outcome = toy.run(toy.live({"monitor": {"type": "asking", "score": 0.2}}))
    assert outcome.exit_code == 0
    assert "acc >= 0.4" in outcome.record["steps"][-1]["output"]["retrain"]


def test_an_interrupt_within_a_retraining_ends_the_run_that_asked(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    toy.plugin("deploy/stopped.py", STOPPED)
    changes = {"monitor": {"type": "asking"}, "deploy": {"type": "stopped"}}
    outcome = toy.run(toy.live(changes))
    assert outcome.record["status"] == "interrupted"
    assert "monitor" not in [step["step"] for step in outcome.record["steps"] if step["status"] == "ran"]


def test_the_budget_of_the_run_that_asked_holds_within_a_retraining(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING.replace('"train.score": score', '"train.seconds": 20'))
    changes = {"monitor": {"type": "asking"}, "framing.budget.wall_minutes": 2 / 60}
    started = time.monotonic()
    outcome = toy.run(toy.live(changes))
    assert outcome.record["status"] == "budget_exceeded", outcome.record["message"]
    assert "the run: more than" in outcome.record["message"]
    assert time.monotonic() - started < 15


def test_the_latest_run_is_the_one_that_was_asked_for(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    outcome = toy.run(toy.live({"monitor": {"type": "asking"}}))
    assert record.find(toy.store.home, "latest") == outcome.folder


def test_changes_are_laid_over_a_copy() -> None:
    config = {"data": {"source": {"type": "a"}}, "seed": 1}
    assert changed(config, {"data.source.until": 3, "train.x": 4}) == {
        "data": {"source": {"type": "a", "until": 3}},
        "seed": 1,
        "train": {"x": 4},
    }
    assert config == {"data": {"source": {"type": "a"}}, "seed": 1}


def test_the_moment_takes_the_place_of_its_names() -> None:
    now = datetime.datetime(2026, 11, 25, 17, 5, tzinfo=datetime.UTC)
    assert moved({"data.until": "{today}", "a": "{now}", "b": 3}, now) == {
        "data.until": "2026-11-25",
        "a": "2026-11-25T17:05:00Z",
        "b": 3,
    }


def test_the_verb_retrains_rolls_out_and_writes_to_the_live_log(toy: Any) -> None:
    toy.written(toy.live())
    assert toy.cli("run", "toy").returncode == 0
    ended = toy.cli("retrain", "toy", "train.score=0.7", "--reason", "new labels")
    assert ended.returncode == 0, ended.stderr
    assert releases.current(toy.store.home, "toy", "champion").version == "v0.7"
    (event,) = read(folder(toy.store.home, "toy"), kinds=("retrain",))
    assert event["reason"] == "new labels"
    shown = json.loads(toy.cli("runs", "show", event["run"], "--json").stdout)
    assert [step["step"] for step in shown["steps"]][-1] == "rollout"
    assert shown["reason"] == "new labels"


@pytest.mark.parametrize(("asked", "due"), [(True, True), (False, False)])
def test_due_only_where_monitoring_or_the_schedule_asks(toy: Any, asked: bool, due: bool) -> None:
    toy.plugin(
        "monitor/policed.py",
        """
        '''Toy monitoring with a policy.'''
        from stagewright.live.retraining import Retraining
        from stagewright.stages import monitor
        from stagewright.stages.monitor import Health, Inputs

        @monitor.stage
        def policed(inputs: Inputs, /, *, retrain: Retraining | None = None) -> Health:
            (inputs.context.workdir / "health").write_text("well")
            return Health(inputs.context.workdir)
        """,
    )
    policy = {"schedule": "monthly", "cooldown": "1d", "set": {"data.size": 9}}
    toy.written(toy.live({"monitor": {"type": "policed", "retrain": policy}}))
    assert toy.cli("run", "toy").returncode == 0
    if asked:
        with EventLog(folder(toy.store.home, "toy")) as log:
            log.write({"kind": "retrain", "reason": "alert Drop", "window": "w1"})
            # An attempt that was interrupted answered nobody.
            log.write({"kind": "retrain", "run": "r1", "reason": "alert Drop", "status": "interrupted"})
    ended = toy.cli("retrain", "toy", "--due")
    assert ended.returncode == 0, ended.stderr
    assert ("nothing is due" in ended.stdout) is not due
    if due:
        shown = json.loads(toy.cli("runs", "show", "--json").stdout)
        assert shown["config"]["data"]["size"] == 9
        assert shown["reason"] == "alert Drop"
        assert "nothing is due" in toy.cli("retrain", "toy", "--due").stdout
        with EventLog(folder(toy.store.home, "toy")) as log:
            log.write({"kind": "retrain", "reason": "alert Drop", "window": "w2"})
        held = toy.cli("retrain", "toy", "--due").stdout
        said = "toy: alert Drop asks for it, but the last retraining is less than 1d ago: not before "
        assert held.startswith(said)
        until = datetime.datetime.strptime(held.removeprefix(said).strip(), "%Y-%m-%d %H:%M UTC")
        away = until.replace(tzinfo=datetime.UTC) - datetime.datetime.now(datetime.UTC)
        assert 23.9 < away.total_seconds() / 3600 <= 24


JOINT = """
    '''A toy ensemble: a little better than the best trial.'''
    from stagewright.stages import train
    from stagewright.stages.train import Inputs, Model

    @train.stage(follows_sweep=True)
    def joint(inputs: Inputs, /) -> Model:
        score = inputs.sweep.values["acc"] + 0.01
        (inputs.context.workdir / "weights").write_text(str(score))
        return Model(inputs.context.workdir, "toy", {"type": "small"}, {"acc": score}, 7)
"""
ONE_APPROACH = """
    '''Toy monitoring that retrains one approach.'''
    from stagewright.stages import monitor
    from stagewright.stages.monitor import Health, Inputs

    @monitor.stage
    def asking(inputs: Inputs, /, *, name: str) -> Health:
        left = [one.model_dump(mode="json") for one in inputs.framing.approaches if one.name == name]
        inputs.retrain({"data.size": 5, "framing.approaches": left}, "more data")
        (inputs.context.workdir / "health").write_text("well")
        return Health(inputs.context.workdir)
"""


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("single", {"train/single"}),  # goes on with the settings that were found
        (
            "together",
            {"sweep", "train/single", "train/together"},
        ),  # there are no models to join without a search
    ],
)
def test_what_a_sweep_is_made_into_is_retrained_by_searching_anew(
    toy: Any, name: str, steps: set[str]
) -> None:
    toy.plugin("train/joint.py", JOINT)
    toy.plugin("monitor/asking.py", ONE_APPROACH)
    approaches = [
        {"name": "single", "reason": "the best trial"},
        {"name": "together", "reason": "all of them", "train": {"type": "joint"}},
    ]
    words = {"framing.approaches": approaches, "framing.policy": "side_by_side"}
    outcome = toy.run(toy.live({"monitor": {"type": "asking", "name": name}}) | toy.swept() | words)
    assert outcome.exit_code == 0, outcome.record["message"]
    (inner,) = [record.load(path) for path in record.runs(toy.store.home) if path != outcome.folder]
    assert inner["exit_code"] == 0, inner["message"]
    found = {step["step"] for step in inner["steps"]}
    assert {step for step in found if step == "sweep" or step.startswith("train")} == steps
    assert inner["config"]["data"]["size"] == 5
