"""The strangest requests of a window: furthest outside of what the reference holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .columns import Floats, inputs, numeric, outputs, shared

TAIL = 1.0  # percent of the reference that lies outside on either side
REASONS = 2


@dataclass(frozen=True)
class Anomaly:
    """One request.

    Attributes:
        score: how far outside, in interquartile ranges, in its strangest column; a kind never seen counts 1.
        reasons: the strangest columns with their value and what is usual.
    """

    id: str
    score: float
    reasons: tuple[str, ...]


def strangest(reference: pd.DataFrame, window: pd.DataFrame, most: int) -> list[Anomaly]:
    """At most `most` requests, the strangest first; none that lies within the usual range in all columns."""
    names = shared(reference, window, [*inputs(reference), *outputs(reference)], None)
    if not names or not len(window) or not len(reference):
        return []
    scores = np.column_stack(
        [_outside(reference[name], window[name], numeric(reference, name)) for name in names]
    )
    worst = scores.max(axis=1)
    order = [int(i) for i in np.argsort(-worst, kind="stable")[:most] if worst[i] > 0]
    return [
        Anomaly(str(window.index[i]), float(worst[i]), tuple(_reasons(reference, window, names, scores, i)))
        for i in order
    ]


def usual(values: pd.Series) -> tuple[float, float, float]:
    """(low, high, scale) of a quantity in the reference: all but the tails, and the interquartile range."""
    known = values.dropna().to_numpy(dtype=np.float64)
    if not len(known):
        return -np.inf, np.inf, 1.0
    low, q1, q3, high = np.percentile(known, [TAIL, 25, 75, 100 - TAIL])
    return float(low), float(high), float(q3 - q1) or float(known.std()) or max(abs(float(q1)), 1e-9)


def _outside(reference: pd.Series, window: pd.Series, quantity: bool) -> Floats:
    if not quantity:
        known = set(reference.dropna().astype(str))
        return np.array([0.0 if _missing(value) or str(value) in known else 1.0 for value in window])
    low, high, scale = usual(reference)
    values = window.to_numpy(dtype=np.float64, na_value=np.nan)
    found: Floats = np.nan_to_num(np.maximum(np.maximum(low - values, values - high), 0) / scale)
    return found


def _reasons(
    reference: pd.DataFrame, window: pd.DataFrame, names: Sequence[str], scores: Floats, row: int
) -> list[str]:
    order = [int(i) for i in np.argsort(-scores[row], kind="stable")[:REASONS] if scores[row, i] > 0]
    return [_reason(names[i], reference[names[i]], window[names[i]].iloc[row]) for i in order]


def _reason(name: str, reference: pd.Series, value: object) -> str:
    if not pd.api.types.is_numeric_dtype(reference):
        return f"{name} {value!s} was never seen"
    low, high, _ = usual(reference)
    return f"{name} {value:.3g}, usually {low:.3g} to {high:.3g}"


def _missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  # NaN
