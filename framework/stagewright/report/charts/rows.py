"""Bars and intervals: one table row per name, so that long names wrap and the numbers stay text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.charts import axis
from stagewright.report.charts.axis import Axis
from stagewright.report.charts.frame import drawing, percent
from stagewright.report.figures import column, finite, number, plural, spread, ticks
from stagewright.report.markup import Child, Html, element

_HEIGHT = 26  # of a row's drawing, in pixels


def bars(block: Mapping[str, Any]) -> Html:
    """A `Bars` block: from zero to the value."""
    values: Mapping[str, Any] = block["bars"]
    unit = str(block.get("unit") or "")
    scale = axis.wide([v for v in values.values() if finite(v)], zero=True, count=4)
    told = column(list(values.values()))
    rows = [
        _row(name, _bar(scale, value), f"{text} {unit}".strip(), f"{name}: {text} {unit}".strip())
        for (name, value), text in zip(values.items(), told, strict=True)
    ]
    return drawing(None, _rows(rows))


def intervals(block: Mapping[str, Any]) -> Html:
    """An `Intervals` block: a dot on a line from low to high, with a line for the reference."""
    items: Sequence[Mapping[str, Any]] = block["rows"]
    reference = block.get("reference")
    ends = [item.get(key) for item in items for key in ("value", "low", "high")]
    scale = axis.wide([*ends, reference], count=4)
    counts = any(item.get("n") for item in items)
    rows = [_interval_row(scale, item, reference, counts) for item in items]
    foot = [
        "",
        _scale(scale, reference, str(block.get("reference_name") or "reference")),
        "",
        *([""] if counts else []),
    ]
    rows.append(element("tr", [element("td", cell) for cell in foot], class_="scale", aria_hidden="true"))
    note = None
    if finite(reference):
        said = f"Dashed line: {block.get('reference_name') or 'reference'} {number(reference)}"
        note = element("p", said, class_="note")
    return drawing(None, _rows(rows), note)


def interval(scale: Axis, item: Mapping[str, Any], reference: Any = None) -> Html:
    """The drawing of one interval, for a row or a table cell."""
    value, low, high = (item.get(key) for key in ("value", "low", "high"))
    middle = _HEIGHT / 2
    marks = [element("line", class_="grid", x1="0", x2="100%", y1=middle, y2=middle)]
    if finite(reference):
        at = percent(scale.at(float(reference)))
        marks.append(element("line", class_="reference", x1=at, x2=at, y1="-2", y2=_HEIGHT + 2))
    if finite(low) and finite(high):
        ends = {"x1": percent(scale.at(float(low))), "x2": percent(scale.at(float(high)))}
        marks.append(element("line", class_="whisker", y1=middle, y2=middle, **ends))
    if finite(value):
        marks.append(
            element("circle", class_="dot c0", cx=percent(scale.at(float(value))), cy=middle, r="4.5")
        )
    return _svg(*marks)


def _interval_row(scale: Axis, item: Mapping[str, Any], reference: Any, counts: bool) -> Html:
    text = spread(item.get("value"), item.get("low"), item.get("high"))
    n = item.get("n")
    told = f"{item['name']}: {text}" + (f", {plural(n, 'sample')}" if n else "")
    last = [element("td", f"n {number(n)}" if n else "", class_="n")] if counts else []
    return _row(str(item["name"]), interval(scale, item, reference), text, told, *last)


def _bar(scale: Axis, value: Any) -> Html:
    if not finite(value):
        return _svg()
    start, end = sorted((scale.at(0.0), scale.at(float(value))))
    zero = percent(scale.at(0.0))
    return _svg(
        element(
            "rect",
            class_="bar c0",
            x=percent(start),
            width=percent(end - start),
            y="6",
            height="14",
            rx="1.5",
        ),
        element("line", class_="axis", x1=zero, x2=zero, y1="0", y2=_HEIGHT),
    )


def _row(name: str, drawing: Html, text: str, told: str, *more: Html) -> Html:
    drawn = element("td", drawing, class_="drawn", title=told)
    return element("tr", element("th", name, scope="row"), drawn, element("td", text, class_="v"), *more)


def _rows(rows: Sequence[Html]) -> Html:
    return element("table", element("tbody", rows), class_="rows")


def _scale(scale: Axis, reference: Any, reference_name: str) -> Html:
    labels = [
        element("text", name, class_="tick", x=percent(scale.at(value)), y="14", text_anchor="middle")
        for value, name in zip(scale.ticks, ticks(scale.ticks), strict=True)
    ]
    return element("svg", labels, width="100%", height=18)


def _svg(*marks: Child) -> Html:
    return element("svg", *marks, width="100%", height=_HEIGHT, aria_hidden="true")
