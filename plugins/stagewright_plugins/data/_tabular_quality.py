"""What the columns of a table look like: missing, constant, distinct, outliers; and rows that occur twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from stagewright.stages.data import SPLITS, Column

LISTED = 50
QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)


def described(rows: pd.DataFrame, columns: Mapping[str, Column], ranges: float) -> dict[str, dict[str, Any]]:
    """Facts per column over all splits; shares of missing values per split.

    Outliers are numbers more than `ranges` interquartile ranges beyond the quartiles of the train split.
    """
    return {name: asdict(column) | _facts(rows, name, column, ranges) for name, column in columns.items()}


def duplicated(rows: pd.DataFrame, columns: Mapping[str, Column]) -> dict[str, Any]:
    """Rows that agree in every feature, and in time if they have one; how many of them disagree in their target."""
    keys = ["time", *columns]
    again = rows[rows.duplicated(keys, keep=False)]
    groups = again.groupby(keys, sort=False, dropna=False)
    sets = groups["target"].nunique()
    first = again.loc[again.duplicated(keys), "id"].head(LISTED).tolist()
    return {"sets": len(sets), "rows": len(again), "contradicting": int((sets > 1).sum()), "examples": first}


def _facts(rows: pd.DataFrame, name: str, column: Column, ranges: float) -> dict[str, Any]:
    values = rows[name]
    missing = values == "" if column.kind == "category" else values.isna()
    present = values[~missing]
    distinct = int(present.nunique())
    found = {
        "missing": {split: _share(missing[rows["split"] == split]) for split in SPLITS},
        "distinct": distinct,
        "constant": distinct < 2,
    }
    if column.kind == "category":
        train = set(present[rows["split"] == "train"])
        unseen = {split: _share(~present[rows["split"] == split].isin(train)) for split in SPLITS[1:]}
        top = present.value_counts(normalize=True).head(5)
        return found | {"unseen": unseen, "commonest": {str(k): round(float(v), 6) for k, v in top.items()}}
    return found | _numeric(present, present[rows["split"] == "train"], ranges)


def _numeric(present: pd.Series, train: pd.Series, ranges: float) -> dict[str, Any]:
    if not len(present) or not len(train):
        return {"outliers": 0.0, "quantiles": {}}
    low, high = np.quantile(train, [0.25, 0.75])
    reach = ranges * (high - low)
    outliers = (present < low - reach) | (present > high + reach)
    values = np.quantile(present, QUANTILES)
    quantiles = {f"{q:.0%}": float(f"{value:.6g}") for q, value in zip(QUANTILES, values, strict=True)}
    return {"outliers": _share(outliers), "quantiles": quantiles}


def _share(flags: pd.Series) -> float:
    return round(float(flags.mean()), 6) if len(flags) else 0.0
