"""Samples are kept by conditions over their quality and tags; what a rule drops is written down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.expression import Expression, ExpressionError, parse
from stagewright.nearest import suggestion


@dataclass(frozen=True)
class Dropped:
    """What one rule dropped."""

    rule: str
    ids: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in `issues.json`."""
        return {"rule": self.rule, "dropped": len(self.ids), "ids": list(self.ids)}


def curate(rows: pd.DataFrame, rules: Sequence[str]) -> tuple[pd.DataFrame, list[Dropped]]:
    """Keep the rows on which every rule holds; rules apply in order, a sample counts for the first it fails.

    A value that is missing or undefined (NaN) fails the rule.

    Raises:
        StagewrightError: a rule reads an unknown name or compares text with numbers, or nothing is left.
    """
    dropped = []
    for position, rule in enumerate(rules):
        condition = parse(rule)
        _known(condition, list(rows.columns), position)
        holds = [_holds(condition, values, position) for values in _records(rows, condition)]
        lost = rows["id"][[not hold for hold in holds]]
        dropped.append(Dropped(rule, tuple(lost)))
        rows = rows[holds]
        if rows.empty:
            raise StagewrightError(f"data.curate[{position}]: {rule!r} holds for no sample that was left")
    return rows, dropped


def _known(condition: Expression, columns: list[str], position: int) -> None:
    for name in sorted(condition.names - set(columns)):
        hint = suggestion(name, columns, "column")
        raise StagewrightError(f"data.curate[{position}]: {condition.text!r} reads {name!r}, {hint}")


def _records(rows: pd.DataFrame, condition: Expression) -> Iterable[dict[str, Any]]:
    names = sorted(condition.names)
    columns = [rows[name].tolist() for name in names]
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _holds(condition: Expression, values: dict[str, Any], position: int) -> bool:
    if any(value is None or (isinstance(value, float) and math.isnan(value)) for value in values.values()):
        return False
    try:
        return bool(condition.evaluate(values))
    except ExpressionError as error:
        raise StagewrightError(f"data.curate[{position}]: {condition.text!r}: {error}") from error
