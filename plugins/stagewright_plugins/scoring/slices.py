"""Samples that share a value of a column, or a range of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MISSING = "(missing)"
VALUES = 30  # values of a column that get a slice each

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
