"""What charts share: the plot with its grid and labels, paths that stretch, legends, the numbers behind.

The plot is as wide as its container at any page width: positions across are percentages, and curves live in
a nested SVG that stretches without stretching its strokes. Text is never scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stagewright.frozen import frozen
from stagewright.report.charts.axis import Axis
from stagewright.report.figures import ticks
from stagewright.report.markup import Child, Html, element, join

COLOURS = 8
_ACROSS = 1000  # width of the stretched coordinate system of curves
_CHARACTER = 6.4  # pixels of a tick label's character, on the generous side


@frozen
class Frame:
    """A plot area of fixed height with its two axes."""

    x: Axis
    y: Axis
    height: int = 200

    def across(self, value: float) -> str:
        """Horizontal place of a value."""
        return percent(self.x.at(value))

    def down(self, value: float) -> float:
        """Vertical place of a value, in pixels from the top."""
        return round(self.height * (1 - self.y.at(value)), 2)

    def point(self, x: float, y: float) -> str:
        """A point of a path inside `stretched`."""
        return f"{_ACROSS * self.x.at(x):.1f} {self.down(y):.1f}"

    def stretched(self, *paths: Html) -> Html:
        """Paths drawn over the whole width of the plot."""
        box = f"0 0 {_ACROSS} {self.height}"
        return element(
            "svg", *paths, width="100%", height=self.height, viewBox=box, preserveAspectRatio="none"
        )

    def svg(self, label: str, *marks: Child, x_ticks: bool = True, x_label: str = "") -> Html:
        """The whole plot; `label` says in words what a reader who cannot see it should know."""
        names = ticks(self.y.ticks)
        gutter = round(max(map(len, names), default=0) * _CHARACTER + 12)
        height = self.height + (24 if x_ticks else 6)
        drawn = element(
            "svg",
            self._grid(names),
            *marks,
            self._below() if x_ticks else None,
            role="img",
            aria_label=label,
            width="100%",
            height=height,
        )
        name = element("p", x_label, class_="x-label") if x_label else None
        return element("div", drawn, name, class_="plot", style=f"padding-left:{gutter}px")

    def _grid(self, names: Sequence[str]) -> Html:
        rows = []
        for value, name in zip(self.y.ticks, names, strict=True):
            y = self.down(value)
            rows.append(element("line", class_="grid", x1="0", x2="100%", y1=y, y2=y))
            rows.append(element("text", name, class_="tick", x="-10", y=y + 4, text_anchor="end"))
        return join(rows)

    def _below(self) -> Html:
        names = ticks(self.x.ticks)
        labels = [
            element(
                "text", name, class_="tick", x=self.across(value), y=self.height + 19, text_anchor="middle"
            )
            for value, name in zip(self.x.ticks, names, strict=True)
        ]
        axis = element("line", class_="axis", x1="0", x2="100%", y1=self.height, y2=self.height)
        return join(axis, labels)


def percent(share: float) -> str:
    """A share as an SVG or CSS length."""
    return f"{100 * share:.2f}%"


def hover(x: str, width: str, height: float, text: str) -> Html:
    """An invisible band that says something when the pointer rests on it."""
    return element(
        "rect", element("title", text), class_="hover", x=x, y="0", width=width, height=float(height)
    )


def drawing(key: Html | None, *inner: Child) -> Html:
    """A chart under its key; both stand in rows of their own, so that charts side by side line up."""
    return join(key, element("div", *inner, class_="drawing"))


def legend(names: Sequence[str], values: Sequence[str] | None = None) -> Html | None:
    """Names beside their colours; nothing for a single one."""
    if len(names) < 2:
        return None
    values = values or [""] * len(names)
    entries = [
        element(
            "li",
            element("i", class_=f"swatch c{index % COLOURS}"),
            name,
            element("b", value) if value else None,
        )
        for index, (name, value) in enumerate(zip(names, values, strict=True))
    ]
    return element("ul", entries, class_="legend")


def numbers(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """The data of a chart as a table, closed until wanted: for screen readers, and for copying."""
    head = element("tr", [element("th", name, scope="col") for name in columns])
    body = [element("tr", [element("td", cell) for cell in row]) for row in rows]
    table = element("table", element("thead", head), element("tbody", body))
    scroll = element("div", table, class_="scroll short", tabindex="0", role="region", aria_label="Numbers")
    return element("details", element("summary", "Numbers"), scroll, class_="numbers")
