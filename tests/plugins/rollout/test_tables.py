"""Rows of a table replayed: one input per column, another set of columns per package."""

from __future__ import annotations

import json

import datasets
import numpy as np
import pytest

from stagewright import releases
from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.objective import Goal
from stagewright.stages.rollout import Inputs
from stagewright.testing import Heard
from stagewright_plugins.framing.task.classification import classification
from stagewright_plugins.packaging import rule
from stagewright_plugins.scoring import rules, table_rules

COLUMNS = {"carrier": "BYTES", "hour": "FP32"}


@pytest.fixture
def table(tmp_path):
    """Flights that are late if the carrier is slow, and rates learned from them."""
    random = np.random.default_rng(0)
    slow, hour = random.random(300) < 0.5, random.integers(0, 3, 300)
    late = (random.random(300) < np.where(slow, 0.9, 0.1)).astype(int)
    rows = [
        {
            "id": f"f{i}",
            "group": "",
            "carrier": "slow" if slow[i] else "quick",
            "hour": float(hour[i]),
            "target": int(late[i]),
        }
        for i in range(300)
    ]
    datasets.Dataset.from_list(rows).save_to_disk(str(tmp_path / "data" / "splits" / "test"))
    return Table(
        tmp_path, {"carrier": np.array([r["carrier"] for r in rows]), "hour": hour.astype(str)}, late
    )


class Table:
    def __init__(self, path, columns, late):
        self.path, self.columns, self.late, self.home = path, columns, late, path / ".stagewright"
        self.heard = Heard()
        self.framing = Framing(classification(Goal("late flights", "crew", ()), classes=["on_time", "late"]))
        listed = Registry().component("metrics", {"type": "standard", "of": ["auroc"]})
        self.metrics = listed(MetricsInputs(self.framing, self.context()))

    def context(self):
        folder = self.path / "work" / str(len(self.heard.events))
        folder.mkdir(parents=True, exist_ok=True)
        resolve = Registry().component
        return Context(folder, 1, self.heard.emit, self.heard.show, resolve, self.home, "flights")

    def package(self, by, inputs):
        source, folder = self.path / "rules" / by, self.path / "packages" / by
        source.mkdir(parents=True)
        spec = table_rules.historical_rate(self.columns, self.late, [by], 2, 5.0)
        rules.write(source, spec | {"inputs": {name: COLUMNS[name] for name in inputs}})
        version = rule.packaged(source, folder, "flights", self.framing.task)
        releases.register(self.home, "flights", version, str(folder))
        return Package(folder, "flights", version, {})

    def roll_out(self, package, **section):
        data = Dataset(self.path / "data", "v", "tabular", {"test": 300})
        inputs = Inputs(self.framing, data, self.metrics, None, package, self.context())
        section = {"replay": {"requests": 1500, "labelDelay": 30}, **section}
        return Registry().component("rollout", {"type": "standard", **section})(inputs)


def test_a_worse_model_of_fewer_columns_is_rolled_back(table):
    good, bad = table.package("carrier", ["carrier", "hour"]), table.package("hour", ["hour"])
    releases.assign(table.home, "flights", "champion", good.version, "test", "first")
    decision = table.roll_out(bad)
    assert decision.verdict == "rolled_back"
    assert "guard wrong failed, label.correct < 1" in decision.reason
    lines = [json.loads(line) for line in (decision.path / "events.jsonl").read_text().splitlines()]
    asked = {arm: set() for arm in ("stable", "canary")}
    for event in lines:
        if event["kind"] == "request":
            assert event["status"] == 200, event["error"]
            asked[event["arm"]] |= event["inputs"].keys()
    assert asked == {"stable": {"carrier", "hour"}, "canary": {"hour"}}


def test_a_better_one_is_promoted(table):
    bad, good = table.package("hour", ["hour"]), table.package("carrier", ["carrier", "hour"])
    releases.assign(table.home, "flights", "champion", bad.version, "test", "first")
    brier = {"name": "brier", "metric": "label.brier", "test": "msprt", "margin": 0.05}
    steps = [{"setWeight": 50}, {"analysis": {"guards": ["brier"], "requests": 1200}}]
    decision = table.roll_out(good, steps=steps, analysis={"guards": [brier]})
    assert decision.verdict == "promoted", decision.reason


def test_different_inputs_cannot_be_mirrored(table):
    good, bad = table.package("carrier", ["carrier", "hour"]), table.package("hour", ["hour"])
    releases.assign(table.home, "flights", "champion", good.version, "test", "first")
    with pytest.raises(StagewrightError, match="take different inputs, so requests cannot be mirrored"):
        table.roll_out(
            bad, strategy="shadow", analysis={"guards": [{"name": "e", "metric": "request.error"}]}
        )
