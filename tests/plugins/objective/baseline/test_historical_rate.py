"""Rates of the past: counted right, smoothed towards the coarser rate, and served as they were scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from small_tables import COLUMNS, a_metric_set, a_table, a_task
from stagewright.errors import StagewrightError
from stagewright.stages.baseline import Inputs
from stagewright.stages.framing import Framing
from stagewright.testing import context
from stagewright_plugins.objective.baseline.historical_rate import historical_rate
from stagewright_plugins.packaging.rule import packaged
from stagewright_plugins.scoring import rules, table_rules
from stagewright_plugins.tables.reading import read, requested


def test_a_rate_is_pulled_towards_the_coarser_one_by_prior_rows():
    inputs = {"place": np.array(["a", "a", "b", "b"], dtype=object), "hour": np.array([1.0, 2.0, 1.0, 1.0])}
    rule = table_rules.historical_rate(inputs, np.array([1, 0, 1, 1]), ["place", "hour"], 2, 2.0)
    overall = 3 / 4
    a = (1 + 2 * overall) / (2 + 2)
    rate = table_rules.rebuilt(rule)
    asked = {
        "place": np.array(["a", "a", "new"], dtype=object),
        "hour": np.array([1, 9, 1], dtype=np.float32),
    }
    wanted = [(1 + 2 * a) / (1 + 2), a, overall]  # known hour; known place only; nothing known
    assert rate(asked)[:, 1] == pytest.approx(wanted, abs=1e-5)
    assert rate(asked).sum(1) == pytest.approx(1)


def test_the_packaged_rule_answers_as_it_was_scored(tmp_path: Path):
    task = a_task()
    data = a_table(tmp_path / "data", task)
    (data.path / "card.json").write_text('{"id": "row"}')
    given = context(tmp_path / "work")
    inputs = Inputs(Framing(task), data, a_metric_set(tmp_path / "m", task), given)
    scores = historical_rate(inputs, by=["place"])
    assert scores.values["auroc"].value > 0.6
    packaged(given.workdir, tmp_path / "package", "small", task)
    from stagewright.stages.deploy import BackendInputs
    from stagewright_plugins.packaging import signature

    told = signature.read(tmp_path / "package")
    assert [tensor["name"] for tensor in told["inputs"]] == list(COLUMNS)
    assert told["id"] == "row"
    engine = given.resolve("deploy.backend", {"type": "rule"})(BackendInputs(tmp_path / "package", told))
    test = read(data, "test")
    answer = engine(requested(test.inputs))
    wanted = table_rules.rebuilt(rules.read(given.workdir))(test.inputs)
    assert answer["probability"] == pytest.approx(wanted)
    assert answer["label"].dtype == np.int64
    assert answer["confidence"] == pytest.approx(wanted.max(1))


def test_a_column_that_is_not_there_is_said(tmp_path: Path):
    task = a_task()
    inputs = Inputs(
        Framing(task),
        a_table(tmp_path / "d", task),
        a_metric_set(tmp_path / "m", task),
        context(tmp_path / "w"),
    )
    with pytest.raises(StagewrightError, match="'plase', did you mean 'place'"):
        historical_rate(inputs, by=["plase"])
