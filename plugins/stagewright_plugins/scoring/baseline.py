"""A baseline's predictions on the test split, scored exactly as a model's are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stagewright.report.blocks import Gallery, Interval, Intervals, Picture
from stagewright.stages.baseline import Inputs
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring import rules
from stagewright_plugins.scoring.axes import charts
from stagewright_plugins.scoring.batches import Batch, batches, groups
from stagewright_plugins.scoring.pictures import triptych
from stagewright_plugins.scoring.sheet import Sheet

PICTURES = 3


def scored(inputs: Inputs, rule: Mapping[str, Any]) -> Scores:
    """Score a rule (`scoring.rules`) on the test split, leave it as `rule.json`, show scores and three samples.

    What is scored is the function rebuilt from `rule`, so that serving the rule later gives the same answers.
    """
    task, context = inputs.framing.task, inputs.context
    label = rules.rebuilt(rule)
    rules.write(context.workdir, rule)
    sheet = Sheet(inputs.metrics, task, context)
    pictures: list[Picture] = []
    for batch in batches(inputs.data, "test"):
        labels = label(batch.inputs)
        certain = np.eye(len(task.classes), dtype=np.float32)[labels].transpose(0, 3, 1, 2)
        sheet.update(batch.ids, certain, batch.targets)
        pictures += _pictures(inputs, batch, labels, len(pictures))
    scores = sheet.write(context.workdir, "test", groups(inputs.data, "test"), context.seed)
    context.show(
        *shown(scores, inputs.metrics),
        Gallery("Without ML, first test samples", pictures=pictures, caption="Input, truth, found."),
    )
    return scores


def shown(scores: Scores, metrics: MetricSet) -> list[Intervals]:
    """A baseline's scores for the report."""
    rows = {
        key: Interval(key, score.value, score.low, score.high, score.n)
        for key, score in scores.values.items()
    }
    caption = "What works without ML, on the same test split. 95 % intervals."
    return charts("Without ML", rows, metrics.metrics, caption=caption)


def _pictures(inputs: Inputs, batch: Batch, labels: np.ndarray, made: int) -> list[Picture]:
    folder = inputs.context.workdir / "pictures"
    folder.mkdir(exist_ok=True)
    found = []
    for i in range(min(PICTURES - made, len(batch.ids))):
        path = folder / f"{made + i}.png"
        triptych(path, batch.inputs[i], batch.targets[i], labels[i])
        found.append(Picture(f"pictures/{path.name}", batch.ids[i]))
    return found
