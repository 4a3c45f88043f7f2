"""The names of all values, known before anything is computed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs, MetricSet
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard

TASK = segmentation(Goal("p", "o", ()), classes=("background", "grey"), size=(16, 16))


def listed(tmp_path: Path, *specs: dict[str, Any]) -> MetricSet:
    inputs = Inputs(Framing(TASK), context(tmp_path))
    return standard(inputs, of=[inputs.context.resolve("metrics.metric", spec) for spec in specs])


def formula(expression: str, name: str = "cost") -> dict[str, Any]:
    return {"type": "formula", "name": name, "expression": expression, "direction": "minimize", "unit": "EUR"}


def test_every_value_is_named_the_headline_first(tmp_path: Path) -> None:
    iou, accuracy, cost = listed(
        tmp_path, {"type": "iou"}, {"type": "pixel_accuracy"}, formula("1 - iou.grey")
    ).metrics
    assert iou.keys == ("iou_mean", "iou.background", "iou.grey")
    assert (iou.direction, iou.low, iou.high) == ("maximize", 0, 1)
    assert accuracy.keys == ("pixel_accuracy",)
    assert (cost.name, cost.keys, cost.direction, cost.unit) == ("cost", ("cost",), "minimize", "EUR")


def test_without_a_list_the_tasks_default_metrics_are_taken(tmp_path: Path) -> None:
    assert [spec.name for spec in listed(tmp_path).metrics] == list(TASK.default_metrics) == ["iou"]


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (
            [{"type": "iou"}, {"type": "iou", "include_background": False}],
            "two metrics give a value named 'iou_mean'",
        ),
        ([{"type": "iou"}, formula("1 - iou_men")], "'iou_men'.*did you mean 'iou_mean'"),
        ([{"type": "iou"}, formula("1 - ")], "formula 'cost'.*ends too early"),
        ([{"type": "iou"}, formula("iou_mean > 1")], "a number is needed"),
        (
            [{"type": "iou"}, formula("total + 1"), formula("iou_mean", "total")],
            "no metric listed before it gives",
        ),
        ([formula("cost + 1")], "'cost'"),
    ],
)
def test_a_list_that_cannot_be_computed_is_refused(
    tmp_path: Path, specs: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(StagewrightError, match=message):
        listed(tmp_path, *specs)


def test_naming_the_values_imports_nothing_heavy() -> None:
    code = (
        "import sys, importlib\n"
        "for name in ('objective.standard', 'framing.standard', 'framing.task.segmentation', 'metrics.standard',"
        " 'metrics.metric.iou', 'metrics.metric.dice', 'metrics.metric.boundary_f1', 'metrics.metric.formula',"
        " 'metrics.metric.iou_per_image', 'metrics.metric.pixel_accuracy', 'objective.baseline.multi_otsu',"
        " 'objective.baseline.majority_class', 'objective.baseline.intensity_clusters'):\n"
        "    importlib.import_module('stagewright_plugins.' + name)\n"
        "print([m for m in ('torch', 'numpy', 'pandas', 'scipy', 'sklearn', 'torchmetrics') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
