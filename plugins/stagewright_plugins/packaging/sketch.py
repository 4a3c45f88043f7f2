"""`reference.json`: what requests and answers looked like on validation data, without any of the samples.

`{"n": samples, "columns": {name: column}}`, by the names of `packaging.columns`:

    {"kind": "numeric", "quantiles": [101 numbers], "missing": n, "sample": [at most 2,000 values]}
    {"kind": "categorical", "counts": {value: n}, "missing": n, "sample": [at most 2,000 values]}

Quantiles are those at 0, 1, ... 100 %, without missing values. `sample` keeps rows together: position i is the same
sample in every column, so relations between columns survive; a missing value is null.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError

REFERENCE = "reference.json"
MOST = 2000
_STREAM = 40_111  # keeps this draw apart from others that start from the same seed


def sketched(columns: Mapping[str, np.ndarray], seed: int) -> dict[str, Any]:
    """A sketch of columns of equal length, (N,) numbers or texts."""
    n = len(next(iter(columns.values()))) if columns else 0
    rows = np.arange(n)
    if n > MOST:
        rows = np.sort(np.random.default_rng([seed, _STREAM]).choice(n, MOST, replace=False))
    return {"n": n, "columns": {name: _column(values, rows) for name, values in columns.items()}}


def write(package: Path, sketch: Mapping[str, Any]) -> None:
    """Write `reference.json`."""
    text = json.dumps(sketch, allow_nan=False, ensure_ascii=False)
    (package / REFERENCE).write_text(text + "\n", encoding="utf-8")


def read(package: Path) -> dict[str, Any]:
    """The sketch that a package holds; raises StagewrightError where there is none (a baseline's package)."""
    try:
        found: dict[str, Any] = json.loads((package / REFERENCE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StagewrightError(f"{package} has no {REFERENCE} to compare live data with") from None
    return found


def _column(values: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    return _numeric(values, rows) if values.dtype.kind in "biuf" else _categorical(values, rows)


def _numeric(values: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    numbers = values.astype(np.float64)
    there = numbers[np.isfinite(numbers)]
    quantiles = np.quantile(there, np.linspace(0, 1, 101)) if len(there) else np.array([])
    return {
        "kind": "numeric",
        "quantiles": [_short(value) for value in quantiles],
        "missing": int(len(numbers) - len(there)),
        "sample": [_short(value) if np.isfinite(value) else None for value in numbers[rows]],
    }


def _categorical(values: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    words = [None if value is None or value != value or value == "" else str(value) for value in values]  # noqa: PLR0124  # NaN
    counts = Counter(word for word in words if word is not None)
    return {
        "kind": "categorical",
        "counts": dict(sorted(counts.items())),
        "missing": sum(word is None for word in words),
        "sample": [words[row] for row in rows],
    }


def _short(value: float) -> float:
    """Six significant digits: a sketch needs no more, and the file is a third of the size."""
    return float(f"{value:.6g}")
