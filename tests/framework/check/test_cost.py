"""The budget held against how long the same training took before."""

from __future__ import annotations

import json
from typing import Any

import pytest

TRAIN = """
    '''Toy training with epochs.'''
    from stagewright.stages import train
    from stagewright.stages.train import Inputs, Model, ModelChoice

    @train.stage(time_by="epochs")
    def slow(inputs: Inputs, /, *, model: ModelChoice, epochs: int = 10, fast: bool = False) -> Model:
        (inputs.context.workdir / "weights").write_text("0.5")
        return Model(inputs.context.workdir, "toy", model.spec(), {"acc": 0.5}, 7)
"""


@pytest.fixture
def ran(toy: Any) -> Any:
    """A recipe that ran once with the ten epochs of the default, which took 100 s."""
    toy.plugin("train/slow.py", TRAIN)
    toy.written({"train.type": "slow", "framing.budget": {"wall_minutes": 10, "train_minutes": 4}})
    assert toy.cli("run", "toy").returncode == 0
    (record,) = (toy.store.home / "runs").glob("*/record.json")
    found = json.loads(record.read_text())
    next(step for step in found["steps"] if step["step"] == "train")["seconds_when_run"] = 100.0
    record.write_text(json.dumps(found))
    return toy


def warnings(toy: Any, *overrides: str) -> list[str]:
    ended = toy.cli("check", "toy", *overrides, "--fresh")
    assert ended.returncode == 0
    return [line for line in ended.stdout.splitlines() if "warning:" in line]


def test_more_epochs_than_the_budget_allows_are_a_warning_at_the_budget(ran: Any) -> None:
    (line,) = warnings(ran, "train.epochs=30")
    assert (
        "warning: framing.budget.train_minutes: train would take about 5 min with epochs 30: 10 took 1.7 min"
        in line
    )
    assert line.endswith("the budget is 4 min")
    assert line.startswith("recipes/toy.yaml:")
    assert len(warnings(ran, "train.epochs=70")) == 2


def test_nothing_is_said_where_it_fits_or_nothing_tells(ran: Any) -> None:
    assert not warnings(ran)
    assert not warnings(ran, "train.epochs=20")
    assert not warnings(ran, "train.epochs=30", "train.fast=true")
    assert not warnings(ran, "train.epochs=30", "data.size=9")
    assert not warnings(ran, "train.epochs=30", "framing.budget={wall_minutes: 10}", "name=other")


def test_a_verdict_is_forgotten_once_a_run_tells_more(toy: Any) -> None:
    toy.plugin("train/slow.py", TRAIN)
    toy.written({"train.type": "slow", "framing.budget": {"train_minutes": 4}})
    assert "warning" not in toy.cli("check", "toy", "train.epochs=30").stdout
    assert toy.cli("run", "toy").returncode == 0
    for path in (toy.store.home / "runs").glob("*/record.json"):
        found = json.loads(path.read_text())
        next(step for step in found["steps"] if step["step"] == "train")["seconds_when_run"] = 100.0
        path.write_text(json.dumps(found))
    assert "warning" in toy.cli("check", "toy", "train.epochs=30").stdout


def test_a_record_that_cannot_be_read_tells_nothing(ran: Any) -> None:
    (record,) = (ran.store.home / "runs").glob("*/record.json")
    record.write_text("{")
    assert not warnings(ran, "train.epochs=30")
