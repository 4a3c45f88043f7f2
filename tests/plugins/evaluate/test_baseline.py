"""Differences to the baseline, sample by sample, against their definition and a bootstrap by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stagewright.stages.scores import Score, Scores
from stagewright.testing import context
from stagewright_plugins.evaluate._baseline import _paired, compared
from stagewright_plugins.scoring.sheet import Sheet

IDS = ["a", "b", "c", "d"]


@pytest.fixture
def sheet(made: Any, tmp_path: Path) -> Any:
    """A model that is right on 8, 16, 24 and 32 of 32 pixels."""

    def of(*metrics: Any) -> tuple[Sheet, Any]:
        task = made.task((8, 8))
        listed = made.metric_set(task, tmp_path, metrics)
        found = Sheet(listed, task, context(tmp_path / "sheet"))
        truth = np.full((4, 8, 8), made.ignored)
        truth[:, :4] = 1
        given = np.stack([(np.arange(64) < 8 * (i + 1)).reshape(8, 8) for i in range(4)]).astype(int)
        found.update(IDS, np.eye(3, dtype=np.float32)[given].transpose(0, 3, 1, 2), truth)
        return found, listed

    return of


def baseline(folder: Path, values: dict[str, float], **per_sample: list[float]) -> Scores:
    folder.mkdir()
    pd.DataFrame({"id": IDS[::-1], **per_sample}).to_parquet(folder / "per_sample.parquet")
    return Scores(folder, "test", {key: Score(value) for key, value in values.items()})


def test_differences_are_taken_within_each_sample(sheet: Any, tmp_path: Path) -> None:
    model, metrics = sheet("pixel_accuracy")
    without = baseline(tmp_path / "b", {"pixel_accuracy": 0.5}, pixel_accuracy=[1.0, 0.25, 0.5, 0.5])
    scores = Scores(tmp_path, "test", {"pixel_accuracy": Score(0.625)})
    (found,) = compared(without, model, scores, metrics, {}, 0)
    assert (found["model"], found["baseline"]) == (0.625, 0.5)
    paired = found["paired"]  # by id, not by row: -0.25, 0, 0.5, 0
    assert paired["mean"] == pytest.approx(0.0625)
    assert (paired["better"], paired["worse"], paired["samples"], paired["units"]) == (1, 1, 4, 4)
    assert paired["low"] < 0.0625 < paired["high"]


def test_less_is_better_where_the_metric_says_so(sheet: Any, tmp_path: Path) -> None:
    cost = {"type": "formula", "name": "cost", "expression": "1 - pixel_accuracy", "direction": "minimize"}
    model, metrics = sheet("pixel_accuracy", cost)
    without = baseline(tmp_path / "b", {"cost": 0.5}, cost=[0.5] * 4)
    found = compared(without, model, Scores(tmp_path, "test", {"cost": Score(0.4)}), metrics, {}, 0)[1]
    assert (found["paired"]["better"], found["paired"]["worse"]) == (2, 1)


def test_what_the_baseline_did_not_score_is_not_compared(sheet: Any, tmp_path: Path) -> None:
    model, metrics = sheet("pixel_accuracy")
    scores = Scores(tmp_path, "test", {})
    (found,) = compared(baseline(tmp_path / "b", {}), model, scores, metrics, {}, 0)
    assert found["model"] is found["baseline"] is found["paired"] is None
    (tmp_path / "empty").mkdir()
    (found,) = compared(Scores(tmp_path / "empty", "test", {}), model, scores, metrics, {}, 0)
    assert found["paired"] is None
    holes = baseline(tmp_path / "c", {}, pixel_accuracy=[np.nan] * 4)
    assert compared(holes, model, scores, metrics, {}, 0)[0]["paired"] is None


def test_whole_groups_are_drawn() -> None:
    gaps = np.array([1.0, 1.0, -1.0, -1.0, 0.0, 0.0])
    alone = _paired(gaps, list("abcdef"), 0)
    grouped = _paired(gaps, list("aabbcc"), 0)
    assert (alone["units"], grouped["units"]) == (6, 3)
    assert grouped["high"] - grouped["low"] > 1.2 * (alone["high"] - alone["low"])
    assert _paired(gaps, ["a"] * 6, 0)["low"] is None


def test_the_interval_is_that_of_a_bootstrap_by_hand() -> None:
    random = np.random.default_rng(0)
    gaps, unit = random.normal(size=40), random.integers(0, 9, 40)
    means = []
    for _ in range(1500):
        drawn = np.concatenate([gaps[unit == u] for u in random.integers(0, 9, 9)])
        means.append(drawn.mean())
    found = _paired(gaps, [str(u) for u in unit], 1)
    assert (found["low"], found["high"]) == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.08)


def test_the_interval_covers_the_true_difference_about_as_often_as_it_says() -> None:
    random, covered = np.random.default_rng(1), 0
    for seed in range(60):
        level = np.repeat(random.normal(0.1, 0.1, 30), 4)
        found = _paired(level + random.normal(0, 0.05, 120), [str(i // 4) for i in range(120)], seed)
        covered += found["low"] <= 0.1 <= found["high"]
    assert 51 <= covered <= 60
