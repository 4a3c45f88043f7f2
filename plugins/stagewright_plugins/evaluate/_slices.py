"""Scores of the samples that share a value: where the model is weaker than over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stagewright.stages.metrics import Direction
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.sheet import Sheet

from ._columns import MISSING, Columns
from ._shift import distribution, shift

VALUES = 30  # values of a column that get a slice each
FEWEST = 5  # units below which an interval is too narrow to judge by

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """Samples of one value, or of a range of a number: from its smallest (`low`) to its largest (`high`).

    Attributes:
        rows: (N,) which samples.
    """

    name: str
    rows: NDArray[np.bool_]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Slicer:
    """How columns are cut and slices judged: the headline value `key`, and which way is better."""

    sheet: Sheet
    groups: Mapping[str, str]
    key: str
    direction: Direction
    quantiles: int
    minimum: int
    seed: int

    def sliced(self, columns: Columns, overall: Score | None) -> dict[str, Any]:
        """Every column with its slices, its distribution over the splits, the shift from train to test."""
        found = {
            "metric": self.key,
            "direction": self.direction,
            "overall": overall.value if overall else None,
            "minimum": self.minimum,
        }
        return found | {"columns": [self._column(columns, name, overall) for name in columns.slices]}

    def _column(self, columns: Columns, name: str, overall: Score | None) -> dict[str, Any]:
        values = columns.of(name)
        numeric = is_number(values) and values.nunique() > self.quantiles
        slices = cut(values.loc[self.sheet.ids], self.quantiles)
        return {
            "column": name,
            "numeric": numeric,
            "slices": [self._slice(item, overall) for item in slices],
            "distribution": distribution(columns, name, numeric),
            "shift": shift(columns, name, numeric, self.seed),
        }

    def _slice(self, item: Slice, overall: Score | None) -> dict[str, Any]:
        n = int(item.rows.sum())
        inside = zip(self.sheet.ids, item.rows, strict=True)
        present = {self.groups.get(id, id) for id, take in inside if take}
        # A slice inside one group has no other groups to draw: its interval is about that group's samples.
        groups = self.groups if len(present) > 1 else {}
        scores = self.sheet.scores(item.rows, groups, self.seed)
        score = scores.get(self.key)
        small = n < self.minimum
        return {
            "name": item.name,
            "low": item.low,
            "high": item.high,
            "samples": n,
            "resampled": "groups" if groups else "samples",
            "small": small,
            "gap": score.value - overall.value if score and overall else None,
            "weak": not small and _worse(score, overall, self.direction),
            "scores": {key: asdict(value) for key, value in scores.items()},
        }


def cut(values: pd.Series, quantiles: int) -> list[Slice]:
    """Slices of equal size of a numeric column with more values than that; else one slice per value.

    Of more than VALUES values, the most frequent ones have a slice each, all others one together. What has no
    value, or none that is finite, is a slice of its own.
    """
    numeric = is_number(values)
    missing = ~np.isfinite(values.astype(float)) if numeric else values.isna()
    present = values[~missing]
    if numeric and present.nunique() > quantiles:
        found = _ranges(values.astype(float).to_numpy(), missing.to_numpy(), quantiles)
    else:
        found = _values(values, present)
    return [*found, Slice(MISSING, missing.to_numpy())] if missing.any() else found


def _values(values: pd.Series, present: pd.Series) -> list[Slice]:
    counts = present.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    own = sorted(counts.index[:VALUES])
    found = [Slice(str(value), (values == value).to_numpy(bool)) for value in own]
    others = counts.index[VALUES:]
    if not len(others):
        return found
    return [*found, Slice(f"({len(others)} other values)", values.isin(others).to_numpy(bool))]


def is_number(values: pd.Series) -> bool:
    """Whether a column can be cut by size."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _ranges(values: Floats, missing: NDArray[np.bool_], quantiles: int) -> list[Slice]:
    """Ranges that end on values of the column; a value that fills a range by itself is one."""
    shares = np.arange(1, quantiles + 1) / quantiles
    ends = np.unique(np.quantile(values[~missing], shares, method="inverted_cdf"))
    which = np.searchsorted(ends, values, side="left")
    found = []
    for i in range(len(ends)):
        rows = (which == i) & ~missing
        low, high = float(values[rows].min()), float(ends[i])
        name = f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"
        found.append(Slice(name, rows, low, high))
    return found


def _worse(score: Score | None, overall: Score | None, direction: Direction) -> bool:
    """Whether the slice's whole interval lies on the bad side of the value over all."""
    if score is None or overall is None or score.low is None or score.high is None or score.n < FEWEST:
        return False
    return score.high < overall.value if direction == "maximize" else score.low > overall.value
