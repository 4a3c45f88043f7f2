"""The evaluation of a table on a model that is known to be right, and on the parts it is made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from small_tables import a_metric_set, a_table, a_task
from stagewright.errors import StagewrightError
from stagewright.stages import baseline, train
from stagewright.stages.evaluate import Inputs
from stagewright.stages.framing import Framing
from stagewright.testing import Heard, context
from stagewright_plugins.evaluate._calibration import calibration
from stagewright_plugins.evaluate._threshold import chosen, confusion
from stagewright_plugins.evaluate.tabular import tabular
from stagewright_plugins.objective.baseline.historical_rate import historical_rate
from stagewright_plugins.train.gradient_boosting import gradient_boosting


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("evaluated")
    task = a_task()
    framing, data, metrics = Framing(task), a_table(folder / "data", task), a_metric_set(folder / "m", task)
    without = historical_rate(baseline.Inputs(framing, data, metrics, context(folder / "b")), by=["place"])
    given = train.Inputs(framing, data, metrics, context(folder / "t", seed=1))
    model = gradient_boosting(given, iterations=40, minimum_leaf=10, minimum_category=30)
    return Inputs(framing, data, metrics, without, model, context(folder / "unused"))


def test_everything_is_measured_and_left(inputs: Inputs, tmp_path: Path):
    heard = Heard()
    here = Inputs(**{**vars(inputs), "context": context(tmp_path / "work", heard=heard)})
    scores = tabular(here, slices=["place", "wind"], minimum_slice=20)
    assert scores.values["auroc"].n == 10  # days, not rows
    assert scores.values["auroc"].low < scores.values["auroc"].value < scores.values["auroc"].high  # type: ignore[operator]
    told = {name: json.loads((tmp_path / "work" / f"{name}.json").read_text()) for name in (
        "baseline", "slices", "calibration", "confusion", "importance", "errors")}  # fmt: skip
    gain = next(item for item in told["baseline"] if item["metric"] == "auroc")
    assert gain["difference"]["value"] == pytest.approx(gain["model"] - gain["baseline"])
    assert gain["difference"]["low"] > 0
    worth = {item["column"]: item for item in told["importance"]["columns"]}
    assert worth["place"]["above_control"]
    assert worth["useless"]["loss"] < min(worth["place"]["loss"], worth["wind"]["loss"])
    assert sum(map(sum, told["confusion"]["counts"])) == 300
    surest = [item["probability"] for item in told["errors"]]
    assert surest == sorted(surest, reverse=True)
    assert all(item["target"] != item["said"] for item in told["errors"])
    assert {block.title for block in heard.blocks} >= {"Calibration", "Gain over no ML", "Confusion"}


def test_a_column_that_is_not_there_is_said(inputs: Inputs, tmp_path: Path):
    here = Inputs(**{**vars(inputs), "context": context(tmp_path / "work")})
    with pytest.raises(StagewrightError, match="'plase', did you mean 'place'"):
        tabular(here, slices=["plase"])


def test_probabilities_that_come_true_are_calibrated_and_shifted_ones_are_not():
    random = np.random.default_rng(0)
    late = random.random(20_000)
    true = (random.random(20_000) < late).astype(np.int64)
    both = np.stack([1 - late, late], axis=1)
    assert calibration(both, true, 10)["ece"] < 0.02
    half = np.stack([1 - late / 2, late / 2], axis=1)
    assert calibration(half, true, 10)["ece"] == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("miss_cost", [None, 0.2, 1.0, 5.0])
def test_the_threshold_is_the_best_of_all(miss_cost: float | None):
    random = np.random.default_rng(4)
    second = random.integers(0, 20, 300).astype(np.float32) / 20
    true = (random.random(300) < second).astype(np.int64)

    def worth(threshold: float) -> float:
        said = second >= threshold
        hits, alarms, misses = (
            (said & (true == 1)).sum(),
            (said & (true == 0)).sum(),
            (~said & (true == 1)).sum(),
        )
        return (
            2 * hits / (2 * hits + alarms + misses) if miss_cost is None else -(miss_cost * misses + alarms)
        )

    found = chosen(second, true, miss_cost)
    assert worth(found) == pytest.approx(max(worth(float(value)) for value in np.unique(second)))
    counts = np.array(confusion(np.stack([1 - second, second], 1), true, ("a", "b"), found)["counts"])
    assert counts[1].sum() == (true == 1).sum()
    assert counts[:, 1].sum() == (second >= np.float32(found)).sum()
