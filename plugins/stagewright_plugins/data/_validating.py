"""Rows held against what their columns promise: types, missing values, ranges, classes, names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import Column, Table
from stagewright_plugins.tables.numbers import is_missing
from stagewright_plugins.tables.numbers import wrong as said

from ._refusal import Refusal
from .table._contradictions import RESERVED

VALUES = 20  # unknown classes that are named; a column that holds none has as many as it has rows
NEVER = pd.Series(pd.NaT, index=[], dtype="datetime64[us]")  # for every row

# (which rows, reason, detail)
Refuse = Callable[[Any, str, str], None]


@dataclass(frozen=True)
class Validated:
    """What can be used.

    Attributes:
        rows: `id`, `time`, `label_time`, `group`, `target` (class index), and all columns of the source, numbers as
            float64 and categories as text; in the order of time (NaT where there is none), then of `id`.
        refused: rows in quarantine. Rows without an outcome are in neither: nothing is wrong with them.
    """

    rows: pd.DataFrame
    refused: list[Refusal]


def validated(table: Table, classes: Sequence[str]) -> Validated:
    """Hold every row against its columns.

    Raises:
        StagewrightError: the table has no rows, or lacks a column that it names.
    """
    _complete(table)
    if table.rows.empty:
        raise StagewrightError(f"data.source: {table.card.title!r} has no rows")
    rows = _named(table)
    problems: dict[int, tuple[str, str]] = {}  # row → the first thing that is wrong

    def refuse(wrong: Any, reason: str, detail: str) -> None:
        for row in np.flatnonzero(np.asarray(wrong)):
            problems.setdefault(int(row), (reason, detail))

    unnamed = rows["id"].isna() | (rows["id"] == "")
    refuse(unnamed, "no id", f"{table.id} is missing")
    refuse(rows["id"].duplicated(), "id twice", "another row has the same id")
    if table.time:
        refuse(rows["time"].isna(), "no time", f"{table.time} is missing")
    for name, column in table.columns.items():
        rows[name] = _typed(rows[name], column, name, refuse)
        _checked(rows[name], column, name, refuse)
    index = rows["target"].map({name: i for i, name in enumerate(classes)})
    unknown = rows["target"].where(index.isna()).dropna()
    for value in unknown.unique()[:VALUES]:
        known = suggestion(str(value), classes)
        detail = f"{table.target} {str(value)[:80]!r}, {known}{_number(value)}"
        refuse(rows["target"] == value, "unknown class", detail)
    refuse(rows.index.isin(unknown.index), "unknown class", f"{table.target} is none of the classes")
    if table.time:
        refuse(index.notna() & rows["label_time"].isna(), "no label time", f"{table.known} is missing")
        refuse(rows["label_time"] < rows["time"], "known too early", f"{table.known} is before {table.time}")
    names = rows["id"].where(~unnamed, [f"row {row}" for row in range(1, len(rows) + 1)])
    refused = [Refusal(str(names.iloc[row]), *why) for row, why in sorted(problems.items())]
    usable = np.ones(len(rows), dtype=bool)
    usable[list(problems)] = False
    kept = rows.assign(target=index)[usable & index.notna().to_numpy()]
    kept = kept.astype({"target": np.int64}).sort_values(["time", "id"], kind="stable").reset_index(drop=True)
    return Validated(kept, refused)


def _number(value: object) -> str:
    """Advice to who would predict a quantity."""
    return (
        "; only classes are predicted, make some of the number (`query`)" if isinstance(value, float) else ""
    )


def _complete(table: Table) -> None:
    named = (table.id, table.time, table.known, table.target, *table.columns, *table.outcomes, table.group)
    for name in filter(None, named):
        if name not in table.rows:
            raise StagewrightError(f"data.source: {table.card.title!r} has no column {name!r}")
    leaking = sorted(set(table.columns) & {*table.outcomes, table.target})
    if leaking:
        what = "the target" if leaking[0] == table.target else "an outcome"
        raise StagewrightError(f"data.source: {leaking[0]!r} is {what} and cannot be a column to learn from")


def _named(table: Table) -> pd.DataFrame:
    """The rows with what the framework names under its names; a source's column of that name gives way."""
    own = {
        "id": table.rows[table.id].astype("str"),
        "time": table.rows[table.time] if table.time else NEVER,
        "label_time": table.rows[table.known] if table.time else NEVER,
        "group": _grouped(table.rows[table.group]) if table.group else "",
        "target": table.rows[table.target],
    }
    clash = sorted(set(RESERVED) & set(table.columns))
    if clash:
        raise StagewrightError(f"data.source: a column to learn from cannot be named {clash[0]!r}; rename it")
    return (
        table.rows.drop(columns=[name for name in own if name in table.rows])
        .assign(**own)
        .reset_index(drop=True)
    )


def _grouped(values: pd.Series) -> pd.Series:
    """A row that names no group is alone, not in the group of all that name none."""
    return values.astype("str").where(values.notna(), "")


def _typed(values: pd.Series, column: Column, name: str, refuse: Refuse) -> pd.Series:
    if column.kind == "category":
        return values.astype(object).where(values.notna(), "").astype("str")
    numbers = pd.to_numeric(values, errors="coerce").astype(np.float64)
    wrong = values.where(numbers.isna()).dropna().astype("str")
    wrong = wrong[~wrong.map(is_missing).astype(bool)]
    for value in wrong.unique()[:VALUES]:
        refuse(values.index.isin(wrong.index[wrong == value]), "no number", f"{name} holds {said(value)}")
    refuse(values.index.isin(wrong.index), "no number", f"{name} holds no number")
    return numbers


def _checked(values: pd.Series, column: Column, name: str, refuse: Refuse) -> None:
    if column.required:
        missing = values == "" if column.kind == "category" else values.isna()
        refuse(missing, "missing value", f"{name} is missing")
    if column.kind == "category":
        return
    low, high = column.low, column.high
    outside = np.isinf(values)
    outside |= values < low if low is not None else False
    outside |= values > high if high is not None else False
    bounds = f"{'-∞' if low is None else f'{low:g}'} to {'∞' if high is None else f'{high:g}'}"
    refuse(outside, "out of range", f"{name} is not within {bounds}")
