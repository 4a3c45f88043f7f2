"""Boosted trees of a table: what the graph says is what the trees say, missing and unknown values included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from small_tables import a_metric_set, a_table, a_task
from stagewright.errors import StagewrightError
from stagewright.stages.framing import Framing, Task
from stagewright.stages.train import Inputs, Model
from stagewright.testing import Heard, context
from stagewright_plugins.tables.encoding import by_share
from stagewright_plugins.tables.predicting import predictor
from stagewright_plugins.tables.reading import columns, read
from stagewright_plugins.train._trees import exported
from stagewright_plugins.train.gradient_boosting import gradient_boosting

SMALL = {"iterations": 40, "every": 10, "minimum_leaf": 10, "minimum_category": 30}


def trained(folder: Path, task: Task, heard: Heard | None = None, seed: int = 3, **settings: object) -> Model:
    data = a_table(folder / "data", task)
    given = context(folder / "work", seed=seed, heard=heard)
    inputs = Inputs(Framing(task), data, a_metric_set(folder / "metrics", task), given)
    return gradient_boosting(inputs, **{**SMALL, **settings})  # type: ignore[arg-type]


def test_a_column_without_a_value_that_is_known_teaches_nothing_and_stops_nothing(tmp_path: Path):
    """All categories too rare, all numbers missing; requests may have both nevertheless."""
    task = a_task()
    data = a_table(tmp_path / "data", task)
    for split in data.counts:
        rows = datasets.load_from_disk(str(data.path / "splits" / split)).to_pandas()
        rows = rows.assign(place=rows["id"], useless=np.float32(np.nan))
        datasets.Dataset.from_pandas(rows).save_to_disk(str(tmp_path / "odd" / "splits" / split))
    (tmp_path / "odd" / "columns.json").write_text((data.path / "columns.json").read_text())
    odd = replace(data, path=tmp_path / "odd")
    given = context(tmp_path / "work", seed=3)
    model = gradient_boosting(
        Inputs(Framing(task), odd, a_metric_set(tmp_path / "metrics", task), given),
        **SMALL,  # type: ignore[arg-type]
    )
    test = read(odd, "test")
    without = predictor(model.path)(test.inputs)
    test.inputs["useless"][:] = 7
    assert predictor(model.path)(test.inputs) == pytest.approx(without)
    assert model.validation["auroc"] > 0.6


@pytest.mark.parametrize("classes", [("fine", "wrong"), ("fine", "poor", "wrong")])
def test_the_graph_equals_scikit_learn(tmp_path: Path, classes: tuple[str, ...]):
    task = a_task(*classes)
    data = a_table(tmp_path / "data", task)
    train, test = read(data, "train"), read(data, "test")
    encoding = by_share(columns(data), train, 30)
    booster = HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=10, random_state=0)
    booster.fit(encoding.matrix(train.inputs), train.targets)
    exported(booster, encoding, len(classes), tmp_path / "model.onnx")
    test.inputs["place"][:3] = ["never seen", "", "rare"]
    test.inputs["wind"][3:5] = [np.nan, 1e30]
    wanted = booster.predict_proba(encoding.matrix(test.inputs))
    assert predictor(tmp_path)(test.inputs) == pytest.approx(wanted, abs=1e-5)


def test_neighbouring_values_are_told_apart_as_in_training(tmp_path: Path):
    """The threshold between two neighbouring float32 lies between them: rounded to the nearest it would be one."""
    data = a_table(tmp_path / "data", a_task())
    train = read(data, "train")
    low = np.nextafter(np.float32(1), np.float32(2))
    high = np.nextafter(low, np.float32(2))
    second = np.arange(len(train.ids)) % 2
    train.inputs["wind"][:] = np.where(second, high, low)
    train.inputs["useless"][:] = 0
    train.inputs["place"][:] = "north"
    encoding = by_share(columns(data), train, 30)
    matrix = encoding.matrix(train.inputs)
    booster = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=10, random_state=0).fit(
        matrix, second
    )
    exported(booster, encoding, 2, tmp_path / "model.onnx")
    wanted = booster.predict_proba(matrix)
    assert wanted[0, 1] < 0.5 < wanted[1, 1]
    assert predictor(tmp_path)(train.inputs) == pytest.approx(wanted, abs=1e-6)


def test_it_finds_the_rule_and_tells_how(tmp_path: Path):
    heard = Heard()
    model = trained(tmp_path, a_task(), heard)
    assert model.format == "onnx"
    assert model.validation["auroc"] > 0.75
    history = json.loads((model.path / "history.json").read_text())
    assert [entry["epoch"] for entry in history["epochs"]] == list(range(len(heard.events)))
    assert history["epochs"][history["best"]]["metrics"]["auroc"] == model.validation["auroc"]
    assert model.spec["trees"] == 10 * (history["best"] + 1)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    one, other = (trained(tmp_path / name, a_task()) for name in "ab")
    assert (one.path / "model.onnx").read_bytes() == (other.path / "model.onnx").read_bytes()


def test_data_that_is_no_table_is_said(tmp_path: Path):
    data = a_table(tmp_path, a_task())
    (tmp_path / "columns.json").unlink()
    with pytest.raises(StagewrightError, match="works on tables"):
        read(data, "train")


def test_a_class_that_no_row_of_the_train_split_has_is_named(tmp_path: Path):
    data, task = a_table(tmp_path / "data", a_task()), a_task("fine", "wrong", "lost")
    inputs = Inputs(Framing(task), data, a_metric_set(tmp_path / "metrics", task), context(tmp_path / "work"))
    with pytest.raises(StagewrightError, match="the train split has no row of 'lost'; learn from more rows"):
        gradient_boosting(inputs, **SMALL)  # type: ignore[arg-type]
