"""Curves over a shared axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from stagewright.report.charts import axis
from stagewright.report.charts.frame import COLOURS, Frame, drawing, hover, legend, numbers, percent
from stagewright.report.figures import column, finite, number
from stagewright.report.markup import Child, Html, element

Points = list[tuple[float, float | None]]
_MOST_POINTS = 600  # per curve; more are thinned to the extremes of each stretch
_MOST_BANDS = 200  # places across that answer the pointer
_MOST_TOLD = 8  # values of one curve at one place that are written out


def lines(block: Mapping[str, Any]) -> Html:
    """A `Lines` block: plot, legend with the last values, numbers."""
    curves = {str(item["name"]): _points(item) for item in block["series"]}
    dotted = [bool(item.get("dots")) for item in block["series"]]
    frame = _frame(curves, bool(block.get("x_log")))
    names = list(curves)
    plot = frame.svg(
        _in_words(curves, block.get("x_label") or "x"),
        frame.stretched(
            *[_path(frame, points, i) for i, points in enumerate(curves.values()) if not dotted[i]]
        ),
        [_lone_points(frame, points, i, dotted[i]) for i, points in enumerate(curves.values())],
        _bands(frame, curves, block.get("x_label") or ""),
        x_label=str(block.get("x_label") or ""),
    )
    last = column([_last(points) for points in curves.values()])
    last = ["" if dots else text for dots, text in zip(dotted, last, strict=True)]
    y_label = block.get("y_label")
    head = element(
        "div", element("span", y_label, class_="unit") if y_label else None, legend(names, last), class_="key"
    )
    return drawing(head, plot, _table(curves, str(block.get("x_label") or "x")))


def _points(series: Mapping[str, Any]) -> Points:
    pairs = zip(series["x"], series["y"], strict=False)
    points: Points = [(float(x), float(y) if finite(y) else None) for x, y in pairs if finite(x)]
    return points if len(points) <= _MOST_POINTS else _thinned(points)


def _thinned(points: Points) -> Points:
    """The lowest and highest point of each stretch: the envelope of the curve stays true."""
    stretch = 2 * len(points) / _MOST_POINTS
    kept: Points = []
    for start in range(_MOST_POINTS // 2):
        part = points[int(start * stretch) : int((start + 1) * stretch)]
        known = [point for point in part if point[1] is not None]
        ends = (min(known, key=_height), max(known, key=_height)) if known else tuple(part[:1])
        kept += sorted(set(ends))
    return kept


def _height(point: tuple[float, float | None]) -> float:
    return point[1] or 0.0


def _frame(curves: Mapping[str, Points], log: bool) -> Frame:
    xs = [x for points in curves.values() for x, _ in points]
    ys = [y for points in curves.values() for _, y in points]
    whole = all(x == int(x) for x in xs)
    across = axis.magnitudes(xs) if log and xs and min(xs) > 0 else axis.tight(xs, whole=whole)
    return Frame(across, axis.wide(ys), height=200)


def _path(frame: Frame, points: Points, index: int) -> Html:
    steps, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        steps.append(f"{pen}{frame.point(x, y)}")
        pen = "L"
    return element("path", class_=f"line c{index % COLOURS}", d="".join(steps))


def _lone_points(frame: Frame, points: Points, index: int, dotted: bool = False) -> list[Html]:
    """Dots where a line would not be seen: points between gaps, and the last one; all of them if `dotted`."""
    known = [
        (x, y)
        for i, (x, y) in enumerate(points)
        if y is not None and (dotted or (_gap(points, i - 1) and _gap(points, i + 1)))
    ]
    ends = [(x, y) for x, y in points if y is not None][-1:]
    return [
        element("circle", class_=f"dot c{index % COLOURS}", cx=frame.across(x), cy=frame.down(y), r="3")
        for x, y in dict.fromkeys([*known, *ends])  # several points may share an x
    ]


def _gap(points: Points, index: int) -> bool:
    return not 0 <= index < len(points) or points[index][1] is None


def _bands(frame: Frame, curves: Mapping[str, Points], x_label: str) -> Child:
    """One band per place across, telling the values of all curves there."""
    at = {name: _by_place(points) for name, points in curves.items()}
    xs = sorted({x for points in at.values() for x in points})
    if len(xs) > _MOST_BANDS:
        return None
    edges = [(a * b) ** 0.5 if frame.x.log else (a + b) / 2 for a, b in pairwise(xs)]
    starts, ends = [frame.x.low, *edges], [*edges, frame.x.high]
    bands = []
    for x, start, end in zip(xs, starts, ends, strict=True):
        told = [f"{name} {_told(points[x])}" for name, points in at.items() if x in points]
        width = frame.x.at(end) - frame.x.at(start)
        text = "\n".join([f"{x_label} {number(x)}".strip(), *told])
        bands.append(hover(percent(frame.x.at(start)), percent(width), frame.height, text))
    return bands


def _table(curves: Mapping[str, Points], x_label: str) -> Html | None:
    at = {name: _by_place(points) for name, points in curves.items()}
    xs = sorted({x for points in at.values() for x in points})
    if len(xs) > _MOST_BANDS:
        return None
    rows = [[number(x), *(_told(points.get(x, [])) for points in at.values())] for x in xs]
    return numbers([x_label, *curves], rows)


def _by_place(points: Points) -> dict[float, list[float | None]]:
    found: dict[float, list[float | None]] = {}
    for x, y in points:
        found.setdefault(x, []).append(y)
    return found


def _told(values: Sequence[float | None]) -> str:
    """The values of one curve at one place: one as a rule, several of dots."""
    said = ", ".join(number(value) for value in values[:_MOST_TOLD]) or number(None)
    return f"{said} and {len(values) - _MOST_TOLD} more" if len(values) > _MOST_TOLD else said


def _in_words(curves: Mapping[str, Points], x_label: str) -> str:
    told = []
    for name, points in curves.items():
        known: Sequence[float] = [y for _, y in points if y is not None]
        if known:
            told.append(
                f"{name} from {number(known[0])} to {number(known[-1])}, lowest {number(min(known))}, "
                f"highest {number(max(known))}"
            )
    return f"Line chart over {x_label}: " + ("; ".join(told) or "no values")


def _last(points: Points) -> float | None:
    return next((y for _, y in reversed(points) if y is not None), None)
