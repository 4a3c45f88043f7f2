"""Parallel coordinates: one line a row across upright axes, the best in colour (Inselberg, 1985)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.frozen import frozen
from stagewright.report.charts.frame import drawing, numbers, percent
from stagewright.report.figures import NONE, finite, number
from stagewright.report.markup import Html, element

_HEIGHT, _ABOVE, _BELOW = 220, 34, 18
_ACROSS = 1000
_MOST_LINES = 500  # the best rows
_BEST = 5  # rows in colour


@frozen
class _Upright:
    """One axis: where its values stand, as a share of its height from the bottom."""

    name: str
    low: float
    high: float
    log: bool
    choices: tuple[str, ...]

    def at(self, value: Any) -> float | None:
        """None for a row that has no value here."""
        if self.choices:
            return self._place(self.choices.index(str(value))) if str(value) in self.choices else None
        if not finite(value) or (self.log and value <= 0):
            return None
        low, high, here = (math.log(each) if self.log else each for each in (self.low, self.high, value))
        return (here - low) / (high - low) if high > low else 0.5

    def labels(self) -> list[tuple[float, str]]:
        """Texts beside the axis with their places."""
        if self.choices:
            return [(self._place(i), name) for i, name in enumerate(self.choices)]
        return [(0.0, number(self.low)), (1.0, number(self.high))]

    def _place(self, index: int) -> float:
        return (index + 0.5) / len(self.choices)


def parallel(block: Mapping[str, Any]) -> Html:
    """A `Parallel` block: axes with their ends, a line a row, the best ones in colour, numbers."""
    columns, rows = [str(name) for name in block["columns"]], list(block["rows"])
    logs = set(block.get("logarithmic") or ())
    axes = [_upright(name, [row[i] for row in rows], name in logs) for i, name in enumerate(columns)]
    shown = rows[:_MOST_LINES]
    paths = [_path(axes, row, rank) for rank, row in reversed(list(enumerate(shown)))]
    box = f"0 0 {_ACROSS} {_HEIGHT}"
    inner = element(
        "svg", paths, width="100%", height=_HEIGHT, y=_ABOVE, viewBox=box, preserveAspectRatio="none"
    )
    marks = [_axis(axis, i / max(1, len(axes) - 1)) for i, axis in enumerate(axes)]
    words = f"Parallel coordinates of {len(rows)} rows over {', '.join(columns)}, the first row the best"
    size = {"width": "100%", "height": _ABOVE + _HEIGHT + _BELOW}
    plot = element("svg", inner, marks, role="img", aria_label=words, **size)
    data = numbers(columns, [[_cell(value) for value in row] for row in shown])
    return drawing(None, element("div", plot, class_="plot", style="padding:0 3.5rem"), data)


def _upright(name: str, values: Sequence[Any], log: bool) -> _Upright:
    known = [float(value) for value in values if finite(value)]
    if len(known) < len([value for value in values if value is not None]):
        return _Upright(name, 0, 1, False, tuple(dict.fromkeys(str(v) for v in values if v is not None)))
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    return _Upright(name, low, high, log and low > 0, ())


def _path(axes: Sequence[_Upright], row: Sequence[Any], rank: int) -> Html:
    """A line with gaps at axes that the row has no value on."""
    steps, pen = [], "M"
    for i, (axis, value) in enumerate(zip(axes, row, strict=True)):
        here = axis.at(value)
        if here is None:
            pen = "M"
            continue
        x = _ACROSS * i / max(1, len(axes) - 1)
        steps.append(f"{pen}{x:.1f} {_HEIGHT * (1 - here):.1f}")
        pen = "L"
    best = rank < _BEST
    told = element("title", ", ".join(f"{axis.name} {_cell(v)}" for axis, v in zip(axes, row, strict=True)))
    return element(
        "path",
        told,
        class_=f"line c{0 if best else 7}",
        d="".join(steps),
        stroke_opacity=1.0 if best else 0.25,
    )


def _axis(axis: _Upright, share: float) -> list[Html]:
    x, bottom = percent(share), _ABOVE + _HEIGHT
    place = {"x": x, "text_anchor": "middle"}
    line = element("line", class_="axis", x1=x, x2=x, y1=_ABOVE, y2=bottom)
    name = element("text", _short(axis.name), element("title", axis.name), class_="tick", y=14, **place)
    if not axis.choices:
        low, high = (text for _, text in axis.labels())
        ends = [element("text", high, class_="tick", y=_ABOVE - 4, **place)]
        return [line, name, *ends, element("text", low, class_="tick", y=bottom + 14, **place)]
    labels = [
        element(
            "text",
            _short(text),
            class_="tick halo",
            x=x,
            y=_ABOVE + _HEIGHT * (1 - at) + 4,
            text_anchor="middle",
        )
        for at, text in axis.labels()
    ]
    return [line, name, *labels]


def _short(name: str, longest: int = 18) -> str:
    """The end of a long name: the last words of a dotted key tell most."""
    return name if len(name) <= longest else f"…{name[1 - longest :]}"


def _cell(value: Any) -> str:
    return number(value) if finite(value) else NONE if value is None else str(value)
