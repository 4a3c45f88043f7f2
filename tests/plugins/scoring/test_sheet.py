"""Scores against torchmetrics, and intervals against a bootstrap that computes everything anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torchmetrics import CatMetric, Metric
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score, MulticlassJaccardIndex

from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet
from stagewright.testing import context
from stagewright_plugins.scoring import sheet as sheets
from stagewright_plugins.scoring.sheet import Sheet
from stagewright_plugins.scoring.tally import Sums, Whole, tally

COST = {
    "type": "formula",
    "name": "cost",
    "expression": "4 * (1 - iou_mean) + dice.grey",
    "direction": "minimize",
}


def filled(metrics: MetricSet, task: Task, tmp_path: Path, samples: Any, size: int = 5) -> Sheet:
    sheet = Sheet(metrics, task, context(tmp_path / "sheet"))
    ids, probabilities, targets = samples
    for start in range(0, len(ids), size):
        part = slice(start, start + size)
        sheet.update(ids[part], probabilities[part], targets[part])
    return sheet


def test_values_are_those_of_torchmetrics(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    values = filled(metric_set("iou", "dice", "pixel_accuracy"), task, tmp_path, samples).values()
    _, probabilities, targets = samples
    given = torch.as_tensor(probabilities), torch.as_tensor(targets)
    for name, reference in (("iou", MulticlassJaccardIndex), ("dice", MulticlassF1Score)):
        per_class = reference(3, average="none", ignore_index=255)(*given).tolist()
        found = [values[f"{name}.{label}"] for label in task.classes]
        assert found == pytest.approx(per_class, abs=1e-6)
        mean = float(reference(3, average="macro", ignore_index=255)(*given))
        assert values[f"{name}_mean"] == pytest.approx(mean, abs=1e-6)
    micro = float(MulticlassAccuracy(3, average="micro", ignore_index=255)(*given))
    assert values["pixel_accuracy"] == pytest.approx(micro, abs=1e-6)


def test_intervals_are_those_of_a_bootstrap_that_computes_every_resample_anew(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    metrics = metric_set("iou", "dice", "boundary_f1", "iou_per_image", COST)
    ids, probabilities, targets = samples
    groups = {name: name.split("_")[0] for name in ids}
    scores = filled(metrics, task, tmp_path, samples).scores(groups=groups, seed=5, resamples=40)
    random = np.random.default_rng([5, sheets._STREAM])
    resampled: dict[str, list[float]] = {key: [] for key in scores}
    for counts in random.multinomial(6, np.full(6, 1 / 6), size=40):
        rows = [i for i, name in enumerate(ids) for _ in range(counts[int(groups[name][1:])])]
        again = filled(metrics, task, tmp_path, ([ids[i] for i in rows], probabilities[rows], targets[rows]))
        for key, value in again.values().items():
            resampled[key].append(value)
    assert len(scores) == 17
    for key, score in scores.items():
        low, high = np.percentile(resampled[key], [2.5, 97.5])
        assert (score.low, score.high) == pytest.approx((low, high), abs=1e-6), key
        assert score.n == 6


def test_whole_groups_are_resampled_so_that_intervals_are_wider_than_over_samples(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    sheet = filled(metric_set("iou"), task, tmp_path, samples)
    grouped = sheet.scores(groups={name: name.split("_")[0] for name in sheet.ids})["iou_mean"]
    alone = sheet.scores()["iou_mean"]
    assert (grouped.n, alone.n) == (6, 24)
    assert grouped.high - grouped.low > 1.2 * (alone.high - alone.low)


def test_an_interval_covers_the_truth_about_as_often_as_it_says(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path
) -> None:
    """Pixels are right with probability 0.7, independently: the true accuracy is known."""
    random, metrics, covered = np.random.default_rng(0), metric_set("pixel_accuracy"), 0
    for trial in range(60):
        truth = random.integers(0, 2, (30, 16, 16))
        right = random.random(truth.shape) < 0.7
        guess = np.eye(3, dtype=np.float32)[np.where(right, truth, 1 - truth)].transpose(0, 3, 1, 2)
        sheet = filled(metrics, task, tmp_path, ([str(i) for i in range(30)], guess, truth))
        score = sheet.scores(seed=trial, resamples=200)["pixel_accuracy"]
        covered += score.low <= 0.7 <= score.high
    assert 50 <= covered <= 60


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    metrics = metric_set("iou")
    one, other = (filled(metrics, task, tmp_path, samples, size) for size in (5, 24))
    assert one.scores(seed=1) == other.scores(seed=1)
    assert one.scores(seed=1) != one.scores(seed=2)


def test_a_slice_is_scored_as_if_it_were_all(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    metrics = metric_set("iou", "dice", "boundary_f1", COST)
    sheet = filled(metrics, task, tmp_path, samples)
    rows = np.arange(24) % 3 == 0
    ids, probabilities, targets = samples
    part = [name for name, take in zip(ids, rows, strict=True) if take], probabilities[rows], targets[rows]
    alone = filled(metrics, task, tmp_path, part)
    assert sheet.values(rows) == pytest.approx(alone.values(), abs=1e-9)
    assert sheet.scores(rows)["iou_mean"].n == 8
    assert sheet.values() == pytest.approx(filled(metrics, task, tmp_path, samples).values())


def test_a_class_that_no_sample_has_gives_no_value_and_does_not_count_in_the_mean(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path
) -> None:
    formula = COST | {"expression": "1 - iou.white"}
    targets = np.zeros((2, 16, 16), dtype=np.int64)
    targets[0, :8] = 1
    certain = np.eye(3, dtype=np.float32)[targets].transpose(0, 3, 1, 2)
    sheet = filled(metric_set("iou", formula), task, tmp_path, (["a", "b"], certain, targets))
    values = sheet.values()
    assert "iou.white" not in values
    assert values["iou_mean"] == 1.0
    assert "cost" not in values
    assert np.isnan(sheet.per_sample("iou.grey")).tolist() == [False, True]


def test_one_unit_gives_values_without_intervals(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    sheet = filled(metric_set("iou"), task, tmp_path, samples)
    score = sheet.scores(groups=dict.fromkeys(sheet.ids, "only"))["iou_mean"]
    assert (score.low, score.high, score.n) == (None, None, 1)


def test_the_sheet_is_written_with_one_row_per_sample(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    sheet = filled(metric_set("iou", "dice", COST), task, tmp_path, samples)
    scores = sheet.write(tmp_path, "test", {}, 1)
    table = pd.read_parquet(tmp_path / "per_sample.parquet")
    assert list(table.columns) == ["id", *sheet.keys]
    assert list(table["id"]) == samples[0]
    assert scores.split == "test"
    expected = 4 * (1 - table["iou_mean"]) + table["dice.grey"]
    assert np.allclose(table["cost"], expected, equal_nan=True)


class Median(CatMetric):
    """Neither a sum nor a mean."""

    def update(self, probabilities: torch.Tensor, target: torch.Tensor) -> None:
        super().update((probabilities.argmax(1) == target).double().mean((1, 2)))

    def compute(self) -> torch.Tensor:
        return super().compute().median()


class Mean(Median):
    """A mean that keeps every value."""

    def compute(self) -> torch.Tensor:
        return CatMetric.compute(self).mean()


def test_states_that_do_not_add_up_are_resampled_only_where_the_metric_is_a_mean(samples: Any) -> None:
    _, probabilities, targets = samples
    median, mean = tally(Median()), tally(Mean())
    for i in range(24):
        for part in (median, mean):
            part.add(torch.as_tensor(probabilities[i : i + 1]), torch.as_tensor(targets[i : i + 1]))
    right = (probabilities.argmax(1) == targets).mean((1, 2))
    weights = np.random.default_rng(0).integers(0, 3, (7, 24)).astype(float)
    assert isinstance(median, Whole)
    assert median.over(weights) is None
    assert float(median.over(np.ones((1, 24)))[0]) == pytest.approx(float(torch.tensor(right).median()))
    assert mean.over(weights) == pytest.approx(weights @ right / weights.sum(1), abs=1e-6)


@pytest.mark.parametrize(
    "metric", [MulticlassJaccardIndex(3, ignore_index=255), MulticlassAccuracy(3, ignore_index=255)]
)
def test_any_torchmetrics_metric_with_summed_states_follows_by_weights(metric: Metric, samples: Any) -> None:
    _, probabilities, targets = samples
    kept = tally(metric)
    assert isinstance(kept, Sums)
    for i in range(24):
        kept.add(torch.as_tensor(probabilities[i : i + 1]), torch.as_tensor(targets[i : i + 1]))
    rows = [0, 0, 5, 7, 7, 7]
    weights = np.bincount(rows, minlength=24).astype(float)[None]
    fresh = metric.clone()
    fresh.reset()
    fresh.update(torch.as_tensor(probabilities[rows]), torch.as_tensor(targets[rows]))
    assert float(kept.over(weights)[0]) == pytest.approx(float(fresh.compute()), abs=1e-6)
