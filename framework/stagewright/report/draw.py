"""Blocks → markup: which kind is drawn by what, and how blocks stand beside each other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from stagewright.report.charts.histogram import histogram
from stagewright.report.charts.lines import lines
from stagewright.report.charts.parallel import parallel
from stagewright.report.charts.rows import bars, intervals
from stagewright.report.figures import NONE, number
from stagewright.report.gallery import gallery
from stagewright.report.markup import Html, element, join
from stagewright.report.table import table

Block = Mapping[str, Any]
_TONES = ("info", "good", "warning", "bad")


def blocks(items: Iterable[Block], folder: Path) -> Html:
    """All blocks of a step; charts stand side by side where the page is wide enough."""
    runs = groupby(items, key=lambda block: _CHARTS.get(_kind(block), "") if not _folded(block) else "")
    return join(_run(side, [_block(item, folder) for item in run]) for side, run in runs)


def text(words: str, tone: str = "info") -> Html:
    """Plain paragraphs; an empty line begins a new one."""
    paragraphs = [element("p", part.strip()) for part in str(words).split("\n\n") if part.strip()]
    return element("div", paragraphs, class_=f"said {tone if tone in _TONES else 'info'}")


def facts(values: Mapping[str, Any]) -> Html:
    """Names and values; a value may be markup."""
    pairs = [element("div", element("dt", name), element("dd", _value(v))) for name, v in values.items()]
    return element("dl", pairs, class_="facts")


def _run(side: str, drawn: list[Html]) -> Html:
    if not side or len(drawn) == 1:
        return join(drawn)
    return element("div", drawn, class_=f"beside {side if len(drawn) > 2 else 'two'}")


def _block(block: Block, folder: Path) -> Html:
    title, caption = str(block.get("title") or ""), str(block.get("caption") or "")
    inner = _drawn(block, folder)
    below = element("p", caption, class_="caption") if caption else None
    if _folded(block):
        summary = element("summary", element("h3", title or "More"))
        return element("details", summary, below, inner, class_="block")
    head = element("header", element("h3", title) if title else None, below) if title or caption else None
    return element("section", head, inner, class_="block")


def _drawn(block: Block, folder: Path) -> Html:
    """The block's content. One that cannot be drawn says so in its place: it must not cost the page."""
    try:
        if block.get(_CONTENT.get(_kind(block), "kind")) in ([], (), {}):
            return text("Nothing to show.")
        if _kind(block) == "gallery":
            return gallery(block, folder)
        if draw := _DRAW.get(_kind(block)):
            return draw(block)
    except Exception as error:
        said = f"This block could not be drawn ({type(error).__name__}: {error})."
        return join(text(said, "warning"), _raw(block))
    said = f"This version of Stagewright does not know blocks of kind “{_kind(block)}”; their data:"
    return join(text(said, "warning"), _raw(block))


def _raw(block: Any) -> Html:
    data = json.dumps(block, indent=1, default=str, ensure_ascii=False)
    shown = data if len(data) < 20_000 else data[:20_000] + "\n…"
    return element(
        "details", element("summary", "Data"), element("pre", shown, tabindex="0"), class_="numbers"
    )


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return number(value)
    return NONE if value is None or value == "" else value


def _kind(block: Any) -> str:
    return str(block.get("kind") or "") if isinstance(block, Mapping) else ""


def _folded(block: Any) -> bool:
    return isinstance(block, Mapping) and bool(block.get("folded"))


_DRAW: dict[str, Callable[[Block], Html]] = {
    "text": lambda block: text(str(block["text"]), str(block.get("tone"))),
    "facts": lambda block: facts(block["facts"]),
    "table": table,
    "lines": lines,
    "histogram": histogram,
    "bars": bars,
    "intervals": intervals,
    "parallel": parallel,
}
# Where a block keeps what it shows.
_CONTENT = {"facts": "facts", "table": "rows", "lines": "series", "histogram": "series", "bars": "bars",
            "intervals": "rows", "parallel": "rows", "gallery": "pictures"}  # fmt: skip
# Neighbours of the same entry share a row, so many to a wide page.
_CHARTS = {"lines": "two", "histogram": "three", "bars": "two", "intervals": "two"}
