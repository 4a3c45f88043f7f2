"""Distributions over the same axis: counts, or shares where the groups differ in size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from stagewright.frozen import frozen
from stagewright.report.charts import axis
from stagewright.report.charts.axis import Axis
from stagewright.report.charts.frame import COLOURS, Frame, drawing, hover, legend, numbers, percent
from stagewright.report.figures import finite, number
from stagewright.report.markup import Html, element, join

_MOST_TOGETHER = 3  # more groups than this are drawn below each other


@frozen
class Group:
    """One group: what is drawn per bin (`heights`), and what was counted."""

    name: str
    edges: tuple[float, ...]
    counts: tuple[float, ...]
    heights: tuple[float, ...]

    @property
    def bins(self) -> list[tuple[float, float, float, float]]:
        """From, to, count and height of every bin."""
        return [
            (*ends, count, height)
            for ends, count, height in zip(pairwise(self.edges), self.counts, self.heights, strict=True)
        ]


def histogram(block: Mapping[str, Any]) -> Html:
    """A `Histogram` block."""
    groups, unit = _groups(block["series"])
    x = axis.tight([edge for group in groups for edge in group.edges], count=5)
    together = [groups] if len(groups) <= _MOST_TOGETHER else [[group] for group in groups]
    x_label = str(block.get("x_label") or "")
    plots = [
        _plot(
            row,
            x,
            first=groups.index(row[0]),
            last=row is together[-1],
            single=len(together) == 1,
            x_label=x_label,
        )
        for row in together
    ]
    key = legend([group.name for group in groups]) if len(together) == 1 else None
    head = element("div", element("span", unit, class_="unit"), key, class_="key")
    return drawing(head, plots, _table(groups, x_label or "value"))


def _groups(series: Sequence[Mapping[str, Any]]) -> tuple[list[Group], str]:
    """Heights by the fairest measure: counts, shares for groups of different size, else density."""
    read = [_read(item) for item in series]
    totals = {sum(counts) for _, _, counts in read}
    spans = [b - a for _, edges, _ in read for a, b in pairwise(edges)]
    even = not spans or (max(spans) - min(spans)) <= 1e-6 * max(spans)
    if len(read) > 1 and not (even or len({edges for _, edges, _ in read}) == 1):
        return [_group(*item, density=True) for item in read], "density"
    if len(totals) > 1:
        return [_group(*item) for item in read], "share"
    return [Group(name, edges, counts, counts) for name, edges, counts in read], "count"


def _read(series: Mapping[str, Any]) -> tuple[str, tuple[float, ...], tuple[float, ...]]:
    edges = tuple(float(edge) for edge in series["edges"])
    counts = tuple(float(count) if finite(count) else 0.0 for count in series["counts"])
    if len(edges) != len(counts) + 1:
        raise ValueError(
            f"{series['name']}: {len(counts)} counts need {len(counts) + 1} edges, got {len(edges)}"
        )
    return str(series["name"]), edges, counts


def _group(name: str, edges: tuple[float, ...], counts: tuple[float, ...], density: bool = False) -> Group:
    total = sum(counts) or 1.0
    shares = [count / total for count in counts]
    widths = [b - a for a, b in pairwise(edges)]
    heights = [s / w if w else 0.0 for s, w in zip(shares, widths, strict=True)] if density else shares
    return Group(name, edges, counts, tuple(heights))


def _plot(groups: Sequence[Group], x: Axis, *, first: int, last: bool, single: bool, x_label: str) -> Html:
    y = axis.wide([h for g in groups for h in g.heights], zero=True, count=3 if single else 1)
    frame = Frame(x, y, height=150 if single else 54)
    bars = len(groups) == 1
    shapes = (
        [join([_bar(frame, item, first) for item in groups[0].bins])]
        if bars
        else [frame.stretched(*[_outline(frame, group, first + i) for i, group in enumerate(groups)])]
    )
    svg = frame.svg(
        _in_words(groups), *shapes, _bands(frame, groups), x_ticks=last, x_label=x_label if last else ""
    )
    return svg if single else join(element("p", groups[0].name, class_="row-name"), svg)


def _bar(frame: Frame, item: tuple[float, float, float, float], index: int) -> Html:
    start, end, _, height = item
    y = frame.down(height)
    width = percent(frame.x.at(end) - frame.x.at(start))
    return element(
        "rect",
        class_=f"bar c{index % COLOURS}",
        x=frame.across(start),
        width=width,
        y=y,
        height=round(frame.height - y, 2),
    )


def _outline(frame: Frame, group: Group, index: int) -> Html:
    """The contour of a histogram: filled faintly, so that several can lie over each other."""
    steps = [f"M{frame.point(group.edges[0], frame.y.low)}"]
    for start, end, _, height in group.bins:
        steps += [f"L{frame.point(start, height)}", f"L{frame.point(end, height)}"]
    steps.append(f"L{frame.point(group.edges[-1], frame.y.low)}")
    return element("path", class_=f"line area c{index % COLOURS}", d="".join(steps))


def _bands(frame: Frame, groups: Sequence[Group]) -> list[Html]:
    """One band per bin; where groups have bins of their own, those of the first."""
    alike = [group for group in groups if group.edges == groups[0].edges]
    bands = []
    for index, (start, end) in enumerate(pairwise(groups[0].edges)):
        told = [f"{group.name}: {_told(group, index)}" for group in alike]
        width = percent(frame.x.at(end) - frame.x.at(start))
        text = "\n".join([f"{number(start)} to {number(end)}", *told])
        bands.append(hover(frame.across(start), width, frame.height, text))
    return bands


def _told(group: Group, index: int) -> str:
    total = sum(group.counts) or 1.0
    return f"{number(group.counts[index])} ({100 * group.counts[index] / total:.1f} %)"


def _table(groups: Sequence[Group], x_label: str) -> Html | None:
    if any(group.edges != groups[0].edges for group in groups):
        return None
    rows = [
        [f"{number(start)} to {number(end)}", *(number(group.counts[index]) for group in groups)]
        for index, (start, end) in enumerate(pairwise(groups[0].edges))
    ]
    return numbers([x_label, *(group.name for group in groups)], rows)


def _in_words(groups: Sequence[Group]) -> str:
    told = []
    for group in groups:
        start, end, count, _ = max(group.bins, key=lambda item: item[3])
        told.append(
            f"{group.name}, {number(sum(group.counts))} in all, most ({number(count)}) "
            f"between {number(start)} and {number(end)}"
        )
    return "Histogram: " + "; ".join(told)
