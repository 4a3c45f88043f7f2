"""Direct loss estimation on frames of requests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from stagewright.stages.monitor import Estimate

from .columns import VALUE, Floats, inputs, matrix, outputs
from .estimating import banded, folds
from .threads import one_thread


def estimated(
    reference: pd.DataFrame,
    window: pd.DataFrame,
    wanted: Sequence[str] | None,
    level: float,
    least: int,
    seed: int,
) -> list[Estimate]:
    """Estimates of a window; none where the reference is small or has no such metric."""
    found = []
    for column in [str(name) for name in reference.columns if str(name).startswith(VALUE)]:
        metric = column.removeprefix(VALUE)
        known = reference[reference[column].notna()]
        if (wanted is None or metric in wanted) and len(known) >= least and len(window):
            found.append(_one(metric, known, known[column].to_numpy(dtype=np.float64), window, level, seed))
    return found


def _one(
    metric: str, known: pd.DataFrame, values: Floats, window: pd.DataFrame, level: float, seed: int
) -> Estimate:
    names = [name for name in [*inputs(known), *outputs(known)] if name in window]
    before, now = matrix([known, window], names)
    held = np.empty(len(values))
    with one_thread():
        for fit, rest in folds(len(values)):
            held[rest] = _model(seed).fit(before[fit], values[fit]).predict(before[rest])
        value = float(_model(seed).fit(before, values).predict(now).mean())
    return banded(
        metric,
        value,
        lambda rows: float(held[rows].mean()),
        lambda rows: float(values[rows].mean()),
        len(values),
        len(window),
        level,
        seed,
    )


def _model(seed: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=80, max_depth=4, min_samples_leaf=20, learning_rate=0.1, random_state=seed % 2**32
    )
