"""A sweep's models of a table as one graph: what it says is what its members say together, and any stage takes it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from small_tables import a_metric_set, a_table, a_task
from stagewright.errors import StepError
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing
from stagewright.stages.sweep import Best, Finished
from stagewright.stages.train import Inputs, Model
from stagewright.step.execute import plain
from stagewright.store import Store
from stagewright.study.candidates import candidates
from stagewright.testing import Heard, context
from stagewright_plugins.ensembling.combination import Combination
from stagewright_plugins.tables.predicting import predictor
from stagewright_plugins.tables.reading import Values, read
from stagewright_plugins.train.ensemble import ensemble
from stagewright_plugins.train.gradient_boosting import gradient_boosting
from stagewright_plugins.train.table_mlp import table_mlp

METHODS = ["average", "weighted", "greedy", "stacking"]
TREES: dict[str, Any] = {"every": 10, "minimum_leaf": 10}


class Swept:
    """A project whose store holds a table and three finished trials, as a sweep leaves them."""

    def __init__(self, folder: Path, *classes: str) -> None:
        self.folder, self.task, self.store = folder, a_task(*classes), Store(folder)
        work = self.store.work("d" * 32)
        data = a_table(work, self.task)
        self.store.put("d" * 32, plain(data) | {"path": "."}, {"inputs": {}}, 1.0, "")
        hit, _ = self.store.get("d" * 32)
        assert hit
        self.data: Dataset = replace(data, path=self.store.artifact(hit.artifact))
        self.metrics = a_metric_set(folder / "metrics", self.task)
        trials = [
            gradient_boosting(self._inputs("0"), iterations=40, minimum_category=30, **TREES),
            gradient_boosting(
                self._inputs("1"), iterations=20, learning_rate=0.3, minimum_category=5, **TREES
            ),
            table_mlp(
                self._inputs("2"), layers=[8], max_epochs=4, batch_size=64, lr=0.02, minimum_category=30
            ),
        ]
        top = [self.trial(i, model) for i, model in enumerate(trials)]
        self.best = Best(folder, {}, {}, 3, top=tuple(sorted(top, key=lambda one: -one.values["auroc"])))

    def trial(self, number: int, model: Model, data: str = "d") -> Finished:
        """Put a trained model into the store."""
        fingerprint = f"{number:032x}"
        work = self.store.work(fingerprint)
        for path in model.path.iterdir():
            if path.is_file():
                path.rename(work / path.name)
        given = {"inputs": {"data": data * 32}}
        self.store.put(fingerprint, plain(model) | {"path": "."}, given, 1.0, "")
        return Finished(number, {}, model.validation, fingerprint)

    def inputs(self, name: str, heard: Heard | None = None, best: Best | None = None) -> Inputs:
        """What the ensemble is handed."""
        return replace(self._inputs(name, heard), sweep=best or self.best)

    def members(self) -> list[Model]:
        """The trials' models, best first."""
        return [one.model for one in candidates(self.store.home, self.best)]

    def _inputs(self, name: str, heard: Heard | None = None) -> Inputs:
        given = context(self.folder / ".stagewright" / name, seed=3, heard=heard)
        given = replace(given, home=self.store.home)
        return Inputs(Framing(self.task), self.data, self.metrics, given)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return Swept(tmp_path_factory.mktemp("swept"))


@pytest.fixture(scope="module")
def three_classes(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return Swept(tmp_path_factory.mktemp("three"), "fine", "poor", "wrong")


def unseen(data: Dataset) -> Values:
    """The test split with what no member has seen in it."""
    found = read(data, "test").inputs
    found["place"][:3] = ["never seen", "", "rare"]  # "rare" is known to one member only
    found["wind"][3:6] = [np.nan, 1e30, -1e30]
    return found


def combination(model: Model) -> Combination:
    """What the model's spec says of its members."""
    count = len(model.spec["members"])
    if stacking := model.spec.get("stacking"):
        rows = tuple(tuple(row) for row in stacking["scale"])
        return Combination((1 / count,) * count, rows, tuple(stacking["bias"]))
    return Combination(tuple(model.spec["weights"]))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("classes", [2, 3])
def test_the_graph_says_what_its_members_say_together(
    swept: Swept, three_classes: Swept, method: Any, classes: int
) -> None:
    of = swept if classes == 2 else three_classes
    model = ensemble(of.inputs(f"{method} {classes}"), method=method)
    kept = [one for one in of.members() if dict(one.spec) in model.spec["members"]]
    assert [dict(one.spec) for one in kept] == model.spec["members"]
    rows = unseen(of.data)
    together = np.array([predictor(one.path)(rows) for one in kept])
    found = predictor(model.path)(rows)
    assert found.shape == (300, classes)
    np.testing.assert_allclose(found, combination(model)(together), atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    if method == "average":
        np.testing.assert_allclose(found, together.mean(0), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_it_is_a_model_of_a_table_like_any_other(swept: Swept, method: Any) -> None:
    heard = Heard()
    model = ensemble(swept.inputs(f"form {method}", heard), method=method)
    single = onnxruntime.InferenceSession(str(swept.members()[0].path / "model.onnx"))
    session = onnxruntime.InferenceSession(str(model.path / "model.onnx"))
    form = [
        [(item.name, item.type, item.shape) for item in each]
        for each in (session.get_inputs(), session.get_outputs())
    ]
    assert form == [
        [(item.name, item.type, item.shape) for item in each]
        for each in (single.get_inputs(), single.get_outputs())
    ]
    assert model.format == "onnx"
    assert model.validation.keys() >= {"auroc", "brier", "f1"}
    assert model.validation["auroc"] > 0.75
    assert model.parameters == sum(
        one.parameters for one in swept.members() if dict(one.spec) in model.spec["members"]
    )
    assert json.loads((model.path / "history.json").read_text())["method"] == method
    assert {block.to_json()["title"] for block in heard.blocks} == {"Ensemble", "Members"}


def test_the_test_split_is_not_read(swept: Swept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stagewright_plugins.tables import reading

    opened: list[str] = []

    def spying(path: Path) -> Any:
        opened.append(path.name)
        return read_before(path)

    read_before = reading.opened
    monkeypatch.setattr(reading, "opened", spying)
    ensemble(swept.inputs("unread"), method="greedy")
    assert opened == ["validation"]


def test_the_same_again_gives_the_same_bytes(swept: Swept) -> None:
    one, other = (ensemble(swept.inputs(name), method="stacking") for name in ("once", "again"))
    assert (one.path / "model.onnx").read_bytes() == (other.path / "model.onnx").read_bytes()
    assert one.validation == other.validation


def test_members_of_other_columns_are_refused(swept: Swept, tmp_path: Path) -> None:
    work = swept.store.work("e" * 32)
    data = a_table(work, swept.task)
    columns = json.loads((work / "columns.json").read_text())
    columns["gusts"] = columns.pop("wind")
    (work / "columns.json").write_text(json.dumps(columns))
    other = replace(data, version="1" * 64)
    swept.store.put("e" * 32, plain(other) | {"path": "."}, {"inputs": {}}, 1.0, "")
    model = replace(swept.members()[0], path=tmp_path)
    mixed = replace(swept.best, top=(*swept.best.top, swept.trial(8, model, "e")))
    said = r"trial 8 was trained on other columns \(without wind; with gusts\) than the best one"
    with pytest.raises(StepError, match=said):
        ensemble(swept.inputs("mixed", best=mixed))


def test_a_lonely_model_is_no_ensemble(swept: Swept) -> None:
    alone = replace(swept.best, top=swept.best.top[:1])
    with pytest.raises(StepError, match="needs two ONNX models of tables, the sweep left 1"):
        ensemble(swept.inputs("alone", best=alone))
