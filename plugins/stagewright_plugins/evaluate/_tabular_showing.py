"""The part of the report that belongs to the evaluation of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.blocks import Block, Interval, Intervals, Lines, Series, Table
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.axes import charts

LISTED = 20

Found = Mapping[str, Any]


def gains(found: Mapping[str, Score], metrics: MetricSet) -> list[Block]:
    """What the model is better by than the baseline, on the same resamples."""
    signs = {spec.keys[0]: 1 if spec.direction == "maximize" else -1 for spec in metrics.metrics}
    rows = {key: _gain(key, found[key], sign) for key, sign in signs.items() if key in found}
    caption = (
        "Positive: the model is better. Both on the same test samples and the same resamples, so what is hard for both "
        "cancels out. 95 % intervals."
    )
    title, specs = "Gain over no ML", metrics.metrics
    return [*charts(title, rows, specs, reference=0.0, reference_name="no gain", caption=caption)]


def calibration(found: Found, classes: Sequence[str]) -> Block:
    """The reliability curve beside the diagonal."""
    said = [item["said"] for item in found["curve"]]
    true = [item["came_true"] for item in found["curve"]]
    what = f"probability of {classes[1]}" if len(classes) == 2 else "confidence"
    caption = (
        f"Expected calibration error {found['ece']:.3f}; said on average {found['mean_said']:.3f}, came true "
        f"{found['share']:.3f}. One point per {found['curve'][0]['samples']} rows or so."
    )
    lines = [Series("model", said, true), Series("perfect", said, said)]
    return Lines("Calibration", series=lines, x_label=what, y_label="share that came true", caption=caption)


def confusion(found: Found, miss_cost: float | None) -> Block:
    """Rows of each true class by the class said."""
    totals = [sum(row) or 1 for row in found["counts"]]
    rows = [
        (f"is {name}", *row, *(round(count / total, 3) for count in row))
        for name, row, total in zip(found["classes"], found["counts"], totals, strict=True)
    ]
    columns = (
        "",
        *(f"said {name}" for name in found["classes"]),
        *(f"share {name}" for name in found["classes"]),
    )
    if found["threshold"] is None:
        caption = "The likeliest class is said."
    else:
        aim = "best F1" if miss_cost is None else f"least cost, a miss costing {miss_cost:g} false alarms"
        caption = f"{found['classes'][1]} is said from probability {found['threshold']:.3f} on: {aim} on validation."
    second = found["per_class"][1]
    if second["precision"] is not None and second["recall"] is not None:
        caption += f" {second['class']}: precision {second['precision']:.3f}, recall {second['recall']:.3f}."
    return Table("Confusion", columns=columns, rows=rows, caption=caption)


def importance(found: Found, key: str) -> list[Block]:
    """What each column is worth, and the line that chance reaches."""
    listed = found["columns"][:LISTED]
    rows = [
        Interval(
            item["column"] + ("" if item["above_control"] else " (chance)"),
            item["loss"],
            item["low"],
            item["high"],
        )
        for item in listed
    ]
    caption = (
        f"Loss of {key} (whole: {found['whole']:.3f}) when a column is shuffled over {found['rows']} test rows; from "
        "the smallest to the largest of three shuffles. (chance): no more than random swaps of whole days give. "
        "Columns that tell the same share their importance."
    )
    return [
        Intervals(
            "Importance of columns",
            rows=rows,
            reference=0.0,
            reference_name="no loss",
            caption=caption,
        )
    ]


def errors(found: Sequence[Found], columns: Sequence[str], wrong: int) -> Block:
    """Rows that the model was surest of and wrong about."""
    rows = [
        (
            item["id"],
            item["target"],
            item["said"],
            item["probability"],
            *(item["inputs"].get(name) for name in columns),
        )
        for item in found
    ]
    caption = (
        f"The surest {len(found)} of {wrong} rows whose likeliest class is wrong; all columns in errors.json."
    )
    names = ("Row", "Is", "Said", "Probability", *columns)
    return Table("Most confident errors", columns=names, rows=rows, caption=caption, folded=True)


def _gain(key: str, score: Score, sign: int) -> Interval:
    if score.low is None or score.high is None:
        return Interval(key, sign * score.value, n=score.n)
    low, high = sorted((sign * score.low, sign * score.high))
    return Interval(key, sign * score.value, low, high, score.n)
