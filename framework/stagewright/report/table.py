"""Tables: numbers aligned and rounded by column, wide ones scroll within themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.report.figures import NONE, column, finite
from stagewright.report.markup import Child, Html, element

_LONG = 16  # rows beyond which a table scrolls on screen


def table(block: Mapping[str, Any]) -> Html:
    """A `Table` block."""
    columns, rows = list(block["columns"]), [list(row) for row in block["rows"]]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(row)} cells under {len(columns)} columns")
    return cells(columns, rows, highlight=block.get("highlight"), label=str(block.get("title") or "Table"))


def cells(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    highlight: int | None = None,
    label: str = "Table",
) -> Html:
    """Rows under column names; a cell may be markup. Columns of numbers stand right."""
    told = [_column([row[i] for row in rows]) for i in range(len(columns))]
    numeric = [_numeric([row[i] for row in rows]) for i in range(len(columns))]
    head = [
        element("th", name, scope="col", class_="num" if right else None)
        for name, right in zip(columns, numeric, strict=True)
    ]
    body = [
        element(
            "tr",
            [_cell(row[i], told[i][index], numeric[i]) for i in range(len(columns))],
            class_="chosen" if index == highlight else None,
        )
        for index, row in enumerate(rows)
    ]
    inner = element("table", element("thead", element("tr", head)), element("tbody", body), class_="cells")
    return scroll(inner, label, short=len(rows) > _LONG)


def fixed(text: str) -> Html:
    """Text that never breaks: a duration, an interval."""
    return element("span", text, class_="nowrap")


def scroll(inner: Html, label: str, short: bool = False) -> Html:
    """A box that scrolls rather than the page, reachable by keyboard."""
    name = "scroll short" if short else "scroll"
    return element("div", inner, class_=name, tabindex="0", role="region", aria_label=label)


def _column(values: Sequence[Any]) -> list[Child]:
    told = column(values)
    return [_text(value, text) for value, text in zip(values, told, strict=True)]


def _text(value: Any, as_number: str) -> Child:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return NONE
    return as_number if isinstance(value, int | float) else value


def _numeric(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def _cell(value: Any, text: Child, right: bool) -> Html:
    exact = f"{value!r}" if isinstance(value, float) and finite(value) else None
    sort = value if finite(value) else None
    return element("td", text, class_="num" if right else None, title=exact, data_sort=sort)
