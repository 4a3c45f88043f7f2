"""Expected classification metrics from calibrated probabilities: no truth is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from .columns import Floats
from .estimating import folds

Ints = NDArray[np.int64]


class Calibrated:
    """Isotonic regression per class, scaled so that a row sums to 1 (Zadrozny and Elkan, 2002).

    Args:
        scores: (N, K) probabilities as the model gives them.
        target: (N,) index of the true class.
    """

    def __init__(self, scores: Floats, target: Ints) -> None:
        self._maps = [
            IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores[:, k], target == k)
            for k in range(scores.shape[1])
        ]

    def __call__(self, scores: Floats) -> Floats:
        """(N, K) probabilities that hold what they say."""
        found = np.column_stack([part.predict(scores[:, k]) for k, part in enumerate(self._maps)])
        total = found.sum(axis=1, keepdims=True)
        return np.where(total > 0, found / np.where(total > 0, total, 1), 1 / found.shape[1])


def crossfitted(scores: Floats, target: Ints) -> Floats:
    """Calibrated probabilities of rows from a calibration that did not see them."""
    found = np.empty_like(scores)
    for fit, held in folds(len(scores)):
        found[held] = Calibrated(scores[fit], target[fit])(scores[held])
    return found


def expected(metric: str, calibrated: Floats, answers: Ints, scores: Floats) -> float:
    """A metric as it is to be expected: `accuracy`, `f1` (macro), `auroc` (two classes)."""
    if metric == "accuracy":
        return float(calibrated[np.arange(len(answers)), answers].mean())
    if metric == "f1":
        return float(
            np.mean([_expected_f1(calibrated[:, k], answers == k) for k in range(calibrated.shape[1])])
        )
    return _expected_auroc(calibrated[:, 1], scores[:, 1])


def realised(metric: str, target: Ints, answers: Ints, scores: Floats) -> float:
    """The metric itself: what is expected where every truth is certain."""
    certain = (target[:, None] == np.arange(scores.shape[1])).astype(np.float64)
    return expected(metric, certain, answers, scores)


def metrics(classes: Sequence[str]) -> tuple[str, ...]:
    """What can be estimated for that many classes."""
    return ("accuracy", "f1", "auroc") if len(classes) == 2 else ("accuracy", "f1")


def _expected_f1(chance: Floats, answered: NDArray[np.bool_]) -> float:
    hit, missed = float(chance[answered].sum()), float(chance[~answered].sum())
    invented = float(answered.sum()) - hit
    total = 2 * hit + invented + missed
    return 2 * hit / total if total > 0 else 0.0


def _expected_auroc(chance: Floats, scores: Floats) -> float:
    """Probability that a positive is ranked above a negative, rows being positive with `chance`; ties count half."""
    order = np.argsort(scores, kind="stable")
    sorted_scores, positive = scores[order], chance[order]
    negative = 1 - positive
    first = np.searchsorted(sorted_scores, sorted_scores, "left")
    last = np.searchsorted(sorted_scores, sorted_scores, "right")
    below = np.concatenate([[0.0], np.cumsum(negative)])
    ranked = (positive * (below[first] + (below[last] - below[first]) / 2)).sum()
    # A row is never compared with itself.
    ranked -= (positive * negative).sum() / 2
    pairs = positive.sum() * negative.sum() - (positive * negative).sum()
    return float(ranked / pairs) if pairs > 0 else float("nan")
