"""CBPE on frames of requests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stagewright.stages.monitor import Estimate

from .calibration import Calibrated, Ints, crossfitted, expected, metrics, realised
from .columns import OUTPUT, TARGET, Floats
from .estimating import banded

PROBABILITY, ANSWER = f"{OUTPUT}probability.", f"{OUTPUT}label"


def estimated(
    reference: pd.DataFrame,
    window: pd.DataFrame,
    wanted: Sequence[str] | None,
    level: float,
    least: int,
    seed: int,
) -> list[Estimate]:
    """Estimates of a window; none where columns are missing or the reference is small or of one class."""
    names = [str(name) for name in reference.columns if str(name).startswith(PROBABILITY)]
    needed = [*names, ANSWER]
    if len(names) < 2 or TARGET not in reference or not set(needed) <= set(window.columns):
        return []
    classes = [name.removeprefix(PROBABILITY) for name in names]
    known, asked = reference.dropna(subset=[*needed, TARGET]), window.dropna(subset=needed)
    target = _index(known[TARGET], classes)
    if len(known) < least or not len(asked) or len(np.unique(target)) < 2 or (target < 0).any():
        return []
    scores, answers = _matrix(known, names), _index(known[ANSWER], classes)
    own_scores, own_answers = _matrix(asked, names), _index(asked[ANSWER], classes)
    fitted = crossfitted(scores, target)
    calibrated = Calibrated(scores, target)(own_scores)
    return [
        banded(
            name,
            expected(name, calibrated, own_answers, own_scores),
            lambda rows, name=name: expected(name, fitted[rows], answers[rows], scores[rows]),  # type: ignore[misc]
            lambda rows, name=name: realised(name, target[rows], answers[rows], scores[rows]),  # type: ignore[misc]
            len(known),
            len(asked),
            level,
            seed,
        )
        for name in metrics(classes)
        if wanted is None or name in wanted
    ]


def _matrix(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    return frame[list(names)].to_numpy(dtype=np.float64)


def _index(values: pd.Series, classes: Sequence[str]) -> Ints:
    """Classes by index, which is what a package answers, or by name; -1 for anything else."""
    known = {name: i for i, name in enumerate(classes)} | {str(i): i for i in range(len(classes))}
    return np.array([known.get(str(value), -1) for value in values], dtype=np.int64)
