"""The evaluate stage's part of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.blocks import (
    Bars,
    Block,
    Histogram,
    HistogramSeries,
    Interval,
    Intervals,
    Table,
    Text,
)
from stagewright.stages.data import SPLITS
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Score, Scores
from stagewright_plugins.scoring.axes import charts, missing

from ._outcomes import WHY_INVENTED, WHY_MISSED
from ._pixels import TYPES

LISTED = 15  # rows of a table; the files hold all
EXPLAINED = "What goes along with the errors"

Found = Mapping[str, Any]


def score_blocks(scores: Scores, metrics: MetricSet, samples: int, group: str) -> list[Block]:
    """Every value with its interval; metrics of one unit and range share a chart."""
    drawn = f"whole groups ({group})" if group else "samples"
    caption = (
        f"{samples} test samples, which no stage learned or chose from. 95 % intervals, resampling {drawn}; "
        "n: how many of them a value rests on."
    )
    rows = {key: _interval(key, score) for key, score in scores.values.items()}
    return [*charts("Test scores", rows, metrics.metrics, caption=caption)]


def baseline_blocks(found: Sequence[Found]) -> list[Block]:
    """The model against what works without ML, on the same samples."""
    columns = ("Metric", "Model", "Without ML", "Mean difference", "Low", "High", "Better", "Worse", "Equal")
    caption = (
        "Better and worse: samples on which the model beats the baseline, or loses to it. Low and high: 95 % "
        "interval of the mean difference over samples."
    )
    return [Table("Against no ML", columns=columns, rows=[_against(item) for item in found], caption=caption)]


def slice_blocks(found: Found) -> list[Block]:
    """Where the model is weaker than over all, and how train, validation and test are made up."""
    columns: Sequence[Found] = found["columns"]
    if not columns:
        return []
    drawn = [_slices(column, found) for column in columns]
    numeric = [_histogram(column) for column in columns if column["numeric"]]
    values = [_shares(column) for column in columns if not column["numeric"]]
    return [_weak(found), *drawn, *numeric, *values]


def outcome_blocks(outcomes: Sequence[Found], pixels: Found, confusion: Found) -> list[Block]:
    """Objects found, missed and invented; wrong pixels by type; classes taken for one another."""
    return [_objects(outcomes), _reasons(outcomes), *_wrong_pixels(pixels), _confusion(confusion)]


def explain_blocks(found: Found) -> list[Block]:
    """The columns that tell most about the score, and the line that chance alone reaches."""
    if found["skipped"]:
        return [Text(EXPLAINED, text=f"Not looked for: {found['skipped']}.")]
    rows = [
        (item["column"], item["information"], item["correlation"], item["p"], item["explains"])
        for item in found["columns"][:LISTED]
    ]
    caption = (
        f"Mutual information (nats) with {found['metric']} over {found['samples']} samples. Chance alone "
        f"reaches {found['control']:.3f} in one of twenty shuffles, whatever the column: what is not above "
        f"that explains nothing. p: share of shuffles that reach as much. "
        f"{_listed(len(found['columns']), 'columns', 'explain.json')}"
    )
    columns = ("Column", "Information", "Rank correlation", "p", "Above chance")
    return [_explanation(found), Table(EXPLAINED, columns=columns, rows=rows, caption=caption)]


# ---- scores ----------------------------------------------------------------------------------------


def _interval(name: str, score: Score) -> Interval:
    return Interval(name, score.value, score.low, score.high, score.n)


def _against(item: Found) -> tuple[Any, ...]:
    paired = item["paired"]
    if paired is None:
        return item["metric"], item["model"], item["baseline"], None, None, None, None, None, None
    equal = paired["samples"] - paired["better"] - paired["worse"]
    return (
        item["metric"],
        item["model"],
        item["baseline"],
        paired["mean"],
        paired["low"],
        paired["high"],
        paired["better"],
        paired["worse"],
        equal,
    )


def _signed(gap: float) -> str:
    """Three digits that count: metrics run to 1, or to 100."""
    return f"{gap:+.3g}".replace("-", "−")


# ---- slices ----------------------------------------------------------------------------------------


def _weak(found: Found) -> Block:
    weak = [
        f"{column['column']} {item['name']} ({_signed(item['gap'])}, {item['samples']} samples)"
        for column in found["columns"]
        for item in column["slices"]
        if item["weak"]
    ]
    metric = found["metric"]
    if not weak:
        text = f"No slice is clearly worse than all samples together by {metric}."
        return Text("Weak slices", text=text, tone="good")
    text = f"Clearly worse by {metric} than all samples together: {'; '.join(weak)}."
    return Text("Weak slices", text=text, tone="warning")


def _slices(column: Found, found: Found) -> Block:
    metric = found["metric"]
    rows = [_slice(item, metric) for item in column["slices"]]
    small = f" Small: fewer than {found['minimum']} samples, not judged."
    caption = (
        f"{metric} of the samples that share a value; n: samples. "
        f"{_shift(column['shift'])}{small if any(item['small'] for item in column['slices']) else ''}"
        f"{missing(metric, [item.value for item in rows])}"
    )
    return Intervals(
        f"By {column['column']}",
        rows=rows,
        reference=found["overall"],
        reference_name="all samples",
        caption=caption,
    )


def _slice(item: Found, key: str) -> Interval:
    mark = " (small)" if item["small"] else " (weak)" if item["weak"] else ""
    score = item["scores"].get(key) or {"value": None, "low": None, "high": None}
    return Interval(f"{item['name']}{mark}", score["value"], score["low"], score["high"], item["samples"])


def _shift(shift: Found) -> str:
    if shift["distance"] is None:
        return "No distance from train to test can be given."
    told = f"Train to test: {shift['measure']} {shift['distance']:.2f}"
    if shift["chance"] is None:
        return f"{told}."
    verdict = "more than" if shift["shifted"] else "no more than"
    return f"{told}, {verdict} random splits give (95 % stay below {shift['chance']:.2f})."


def _histogram(column: Found) -> Block:
    drawn = column["distribution"]
    series = [HistogramSeries(split, drawn["edges"], drawn["counts"][split]) for split in SPLITS]
    title = f"{column['column']} in each split"
    return Histogram(title, series=series, x_label=column["column"], caption=_shift(column["shift"]))


def _shares(column: Found) -> Block:
    drawn = column["distribution"]
    totals = {split: sum(drawn["counts"][split]) or 1 for split in SPLITS}
    rows = [
        (value, *(round(drawn["counts"][split][i] / totals[split], 4) for split in SPLITS))
        for i, value in enumerate(drawn["values"][:LISTED])
    ]
    caption = f"Share of each split's samples. {_listed(len(drawn['values']), 'values', 'slices.json')}"
    title = f"{column['column']} in each split"
    return Table(title, columns=(column["column"], *SPLITS), rows=rows, caption=caption, folded=True)


# ---- errors ----------------------------------------------------------------------------------------


def _objects(outcomes: Sequence[Found]) -> Block:
    counts = ("objects", "matched", "missed", "invented", "precision", "recall", "mean_iou", "pq")
    rows = [
        (f"{item['threshold']:g}", item["class"], *(item[name] for name in counts), item["specks"]["missed"])
        for item in outcomes
    ]
    columns = ("IoU above", "Class", "Objects", "Matched", "Missed", "Invented", "Precision", "Recall")
    caption = (
        "Objects are connected regions of a class. Matched: one true and one predicted object of the class "
        "with an IoU above the first column. PQ: panoptic quality. Missed specks, tiny regions, are counted "
        "apart from objects."
    )
    columns = (*columns, "Mean IoU", "PQ", "Specks missed")
    return Table("Objects", columns=columns, rows=rows, caption=caption)


def _reasons(outcomes: Sequence[Found]) -> Block:
    rows = []
    for item in outcomes:
        told = f"{item['threshold']:g}", item["class"]
        rows.append((*told, "missed", *(item["why_missed"][name] for name in WHY_MISSED)))
        rows.append((*told, "invented", *(item["why_invented"][name] for name in WHY_INVENTED)))
    columns = ("IoU above", "Class", "Outcome", *(name.capitalize() for name in WHY_MISSED[:-1]), "Nothing")
    caption = (
        "The first reason that fits. Wrong class: an object of another class is there. Merged: one predicted "
        "object covers several true ones; split: the reverse. Nothing: not found, or nothing is there."
    )
    title = "Why objects were missed or invented"
    return Table(title, columns=columns, rows=rows, caption=caption)


def _wrong_pixels(pixels: Found) -> list[Block]:
    types: Mapping[str, Mapping[str, int]] = pixels["types"]
    wrong = max(pixels["wrong"], 1)
    bars = {name: 100 * sum(counts[name] for counts in types.values()) / wrong for name in TYPES}
    caption = (
        f"{pixels['wrong']} of {pixels['pixels']} pixels are wrong, each of one type. Boundary: within "
        f"{pixels['boundary']:g} pixels of the outline of an object that was found."
    )
    rows = [(name, *(counts[kind] for kind in TYPES)) for name, counts in types.items()]
    columns = ("Class", *(name.capitalize() for name in TYPES))
    return [
        Bars("Wrong pixels by type", bars=bars, unit="%", caption=caption),
        Table("Wrong pixels by class", columns=columns, rows=rows, folded=True),
    ]


def _confusion(confusion: Found) -> Block:
    classes, counts = confusion["classes"], confusion["counts"]
    rows = [
        (name, *(100 * count / (sum(row) or 1) for count in row))
        for name, row in zip(classes, counts, strict=True)
    ]
    caption = "Pixels of each true class (row) by predicted class, in % of the row."
    return Table("Confusion of classes", columns=("True", *classes), rows=rows, caption=caption)


# ---- explanation -----------------------------------------------------------------------------------


def _explanation(found: Found) -> Block:
    above = [item for item in found["columns"] if item["explains"]]
    title = "What explains the errors"
    if not above:
        return Text(title, text=f"No quality column tells more about {found['metric']} than chance does.")
    told = "; ".join(
        f"{item['column']} ({'rises' if item['correlation'] > 0 else 'falls'} with the score)"
        for item in above[:3]
    )
    text = f"Most is told by {told}. They go along with the score; whether they cause it is not measured."
    return Text(title, text=text, tone="warning")


def _listed(count: int, what: str, file: str) -> str:
    return f"The first {LISTED} of {count} {what}; all in {file}." if count > LISTED else f"{count} {what}."
