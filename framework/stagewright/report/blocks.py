"""What a step can put on the report page: a few plain shapes, drawn the same way for every plugin.

Blocks hold numbers and text only, never HTML, so that the page stays safe, printable and in one style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from typing import Any, ClassVar

from stagewright.frozen import frozen

Cell = str | int | float | bool | None


@frozen
class Block:
    """Base of all blocks: a title, and a caption that says how to read it."""

    kind: ClassVar[str] = ""
    title: str
    caption: str = field(default="", kw_only=True)
    folded: bool = field(default=False, kw_only=True)  # closed until the reader opens it

    def to_json(self) -> dict[str, Any]:
        """The block as plain JSON, with its kind."""
        return {"kind": self.kind} | asdict(self)


@frozen
class Text(Block):
    """A paragraph of plain text; `tone` is one of info, good, warning, bad."""

    kind: ClassVar[str] = "text"
    text: str = ""
    tone: str = "info"


@frozen
class Facts(Block):
    """Names and values, in order."""

    kind: ClassVar[str] = "facts"
    facts: Mapping[str, Cell] = field(default_factory=dict)


@frozen
class Table(Block):
    """Rows under column names. `highlight` is the index of a row to stress (the chosen approach)."""

    kind: ClassVar[str] = "table"
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    highlight: int | None = None


@frozen
class Series:
    """One named curve: y over x. A None in y leaves a gap; `dots` are points that no line connects."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    dots: bool = False


@frozen
class Lines(Block):
    """Curves over a shared axis, such as a metric per epoch; `x_log` for an axis of orders of magnitude."""

    kind: ClassVar[str] = "lines"
    series: Sequence[Series] = ()
    x_label: str = ""
    y_label: str = ""
    x_log: bool = False


@frozen
class HistogramSeries:
    """Counts per bin for one group (a split, a class); `edges` has one entry more than `counts`."""

    name: str
    edges: Sequence[float]
    counts: Sequence[float]


@frozen
class Histogram(Block):
    """Distributions side by side over the same axis; drawn as shares when groups differ in size."""

    kind: ClassVar[str] = "histogram"
    series: Sequence[HistogramSeries] = ()
    x_label: str = ""


@frozen
class Bars(Block):
    """One bar per name."""

    kind: ClassVar[str] = "bars"
    bars: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""


@frozen
class Interval:
    """A value with its confidence interval; `n` samples stand behind it. None as value is shown as a dash."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@frozen
class Intervals(Block):
    """Values with intervals on one axis; `reference` draws a line (a criterion, the baseline)."""

    kind: ClassVar[str] = "intervals"
    rows: Sequence[Interval] = ()
    reference: float | None = None
    reference_name: str = ""


@frozen
class Parallel(Block):
    """Rows as lines across upright axes, one for each column; the rows come best first, the best are in colour.

    A column of numbers gets a scale (`logarithmic` names those on a logarithmic one), any other its values in order.
    A None leaves a gap.
    """

    kind: ClassVar[str] = "parallel"
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    logarithmic: Sequence[str] = ()


@frozen
class Picture:
    """An image file inside the artifact, by relative path, with the words below it."""

    path: str
    caption: str = ""


@frozen
class Gallery(Block):
    """Pictures in a grid; `columns` fixes how many stand side by side on a wide page (0: as many as fit)."""

    kind: ClassVar[str] = "gallery"
    pictures: Sequence[Picture] = ()
    columns: int = 0
