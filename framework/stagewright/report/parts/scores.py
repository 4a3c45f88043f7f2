"""The scores of the record, with intervals, beside what works without ML on the same samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.report.charts import axis
from stagewright.report.charts.axis import Axis
from stagewright.report.charts.rows import interval
from stagewright.report.figures import finite, like, number, spread
from stagewright.report.markup import Html, element, join
from stagewright.report.parts.part import Part
from stagewright.report.table import scroll

Scores = Mapping[str, Mapping[str, Any]]


def scores(run: Mapping[str, Any]) -> Part | None:
    """All metric keys, those of one metric below its headline value."""
    metrics: Scores = run.get("metrics") or {}
    baseline: Scores = run.get("baseline") or {}
    keys = list(metrics or baseline)
    if not keys:
        return None
    lower = {
        key
        for spec in run.get("metric_specs") or []
        if spec.get("direction") == "minimize"
        for key in spec.get("keys") or ()
    }
    scale = _scale(metrics, baseline)
    columns = [
        "Metric",
        "Value",
        *([""] if scale else []),
        *(["Without ML", "Difference"] if baseline else []),
    ]
    rows = [_row(key, metrics, baseline, scale, key in lower) for key in keys]
    head = element(
        "tr",
        [
            element("th", name, scope="col", class_="num" if i in _right(scale) else None)
            for i, name in enumerate(columns)
        ],
    )
    inner = element("table", element("thead", head), element("tbody", rows), class_="cells scores")
    return Part(
        "Scores",
        join(_note(metrics, baseline, scale is not None), scroll(inner, "Scores")),
        "scores",
        kicker="On samples that no stage learned or chose from",
    )


def _note(metrics: Scores, baseline: Scores, drawn: bool) -> Html:
    counts = {score.get("n") for score in (metrics or baseline).values() if score.get("n")}
    about = (
        f" over {number(counts.pop())} independent units (groups, or samples where there are none)"
        if len(counts) == 1
        else ""
    )
    told = f"Value with its confidence interval{about}."
    if metrics and baseline and drawn:
        told += " The short vertical line marks what works without ML."
    if not metrics:
        told = "No model was scored in this run; these are the values without ML."
    return element("p", told, class_="caption")


def _scale(metrics: Scores, baseline: Scores) -> Axis | None:
    """One axis for all scores if they share the unit range; scores of other units get no drawing."""
    values = [s.get(k) for t in (metrics, baseline) for s in t.values() for k in ("value", "low", "high")]
    inside = [value for value in values if finite(value) and 0 <= value <= 1]
    return axis.wide([0.0, 1.0]) if inside else None


def _right(scale: Axis | None) -> set[int]:
    return {3, 4} if scale else {2, 3}


def _row(key: str, metrics: Scores, baseline: Scores, scale: Axis | None, lower: bool) -> Html:
    score, without = metrics.get(key) or {}, (baseline.get(key) or {}).get("value")
    value = score.get("value")
    sub = "." in key
    cells = [
        element("th", key.partition(".")[2] if sub else key, scope="row", class_="sub" if sub else None),
        element("td", spread(value, score.get("low"), score.get("high")), class_="v"),
    ]
    if scale:
        fits = all(0 <= score[k] <= 1 for k in ("value", "low", "high") if finite(score.get(k)))
        drawn = interval(scale, score, without) if fits and finite(value) else None
        cells.append(element("td", drawn, class_="drawn"))
    if baseline:
        gap = value - without if finite(value) and finite(without) else None
        cells += [element("td", like(without, value), class_="num"), _difference(gap, value, lower)]
    return element("tr", cells)


def _difference(gap: float | None, value: Any, lower: bool) -> Html:
    if gap is None:
        return element("td", "–", class_="num")
    better = (gap < 0) if lower else (gap > 0)
    tone = "" if gap == 0 else " better" if better else " worse"
    return element(
        "td",
        f"{'+' if gap > 0 else ''}{like(gap, value)}",
        class_=f"num{tone}",
        title="better than without ML" if better else "not better than without ML",
    )
