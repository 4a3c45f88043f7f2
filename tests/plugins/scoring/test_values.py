"""Named values, as training asks for them after an epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright.stages.metrics import Formula, MetricSet
from stagewright.testing import context
from stagewright_plugins.scoring.values import build, judged, metric_values


def valued(metrics: MetricSet, task: Task, tmp_path: Path, samples: Any) -> dict[str, float]:
    built = build(metrics, task, context(tmp_path))
    _, probabilities, targets = samples
    for item in built.values():
        if not isinstance(item, Formula):
            item.update(torch.as_tensor(probabilities), torch.as_tensor(targets))
    return metric_values(metrics, built)


def test_the_mean_leaves_the_background_out_on_request_and_keeps_its_value(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    all_in = valued(metric_set("iou"), task, tmp_path, samples)
    without = valued(metric_set({"type": "iou", "include_background": False}), task, tmp_path, samples)
    assert without["iou.background"] == all_in["iou.background"]
    assert without["iou_mean"] == pytest.approx((all_in["iou.grey"] + all_in["iou.white"]) / 2)
    assert all_in["iou_mean"] != pytest.approx(without["iou_mean"], abs=1e-4)


def test_the_boundary_mean_leaves_the_background_out_unless_asked(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    values = valued(metric_set("boundary_f1"), task, tmp_path, samples)
    assert values["boundary_f1_mean"] == pytest.approx(
        (values["boundary_f1.grey"] + values["boundary_f1.white"]) / 2
    )


def test_a_formula_may_build_on_the_one_before_it(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    minutes = {
        "type": "formula",
        "name": "minutes",
        "expression": "4 * (1 - iou_mean)",
        "direction": "minimize",
    }
    cost = {"type": "formula", "name": "cost", "expression": "90 / 60 * minutes", "direction": "minimize"}
    values = valued(metric_set(minutes, "iou", cost), task, tmp_path, samples)
    assert values["minutes"] == pytest.approx(4 * (1 - values["iou_mean"]))
    assert values["cost"] == pytest.approx(1.5 * values["minutes"])


def test_the_average_over_images_is_not_the_value_over_all_pixels(
    metric_set: Callable[..., MetricSet], task: Task, tmp_path: Path, samples: Any
) -> None:
    values = valued(metric_set("iou", "iou_per_image"), task, tmp_path, samples)
    assert values["iou_per_image_mean"] != pytest.approx(values["iou_mean"], abs=1e-4)


def test_predictions_are_judged_alone_and_in_parts(
    metric_set: Callable[..., MetricSet],
    task: Task,
    tmp_path: Path,
    samples: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from stagewright_plugins.scoring import values

    metrics = metric_set("iou", "dice")
    _, probabilities, targets = samples
    wanted = valued(metrics, task, tmp_path, samples)
    built = build(metrics, task, context(tmp_path))
    judged(metrics, built, probabilities[:1], targets[:1])  # is forgotten
    assert judged(metrics, built, probabilities, targets) == wanted
    monkeypatch.setattr(values, "NUMBERS", 1)  # a sample at a time
    assert judged(metrics, built, probabilities, targets) == pytest.approx(wanted)
