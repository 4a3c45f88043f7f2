"""Two samples of many columns: can they be told apart?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from .columns import Floats
from .threads import one_thread

_STREAM = 52_001  # keeps these draws apart from others that start from the same seed


def told_apart(
    reference: Floats, window: Floats, model: str, rows: int, folds: int, seed: int
) -> tuple[float, float]:
    """Mean AUC over folds of held-out rows, and the p-value of it being above a half.

    Held-out rows of a fold played no part in its model, so under no drift the AUC is that of a random ranking:
    mean 1/2, variance (n + m + 1) / (12 n m) (Mann and Whitney, 1947); folds are averaged as if independent.
    """
    x, y = _pooled(reference, window, rows, seed)
    areas, variance = [], 0.0
    for fit, held in StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32).split(x, y):
        with one_thread():
            scores = _model(model, seed).fit(x[fit], y[fit]).predict_proba(x[held])[:, 1]
        areas.append(float(roc_auc_score(y[held], scores)))
        n, m = (int((y[held] == label).sum()) for label in (0, 1))
        variance += (n + m + 1) / (12 * n * m)
    auc = float(np.mean(areas))
    return auc, float(norm.sf((auc - 0.5) / (math.sqrt(variance) / folds)))


def discrepancy(
    reference: Floats, window: Floats, rows: int, permutations: int, seed: int
) -> tuple[float, float]:
    """Unbiased squared MMD and its permutation p-value."""
    x, y = _pooled(reference, window, rows, seed)
    squared = cdist(x, x, "sqeuclidean")
    width = float(np.median(squared[np.triu_indices_from(squared, 1)])) or 1.0
    kernel = np.exp(-squared / width)
    np.fill_diagonal(kernel, 0.0)
    random = np.random.default_rng([seed, _STREAM, 1])
    dealt = random.permuted(np.repeat(y[None, :], permutations, axis=0), axis=1)
    labels = np.concatenate([y[None, :], dealt]).astype(np.float64)
    values = _mmd(kernel, labels)
    # Equal up to rounding counts as at least as large: the same deal may come again.
    return float(values[0]), float((1 + (values[1:] >= values[0] - 1e-12).sum()) / (1 + permutations))


def _mmd(kernel: Floats, labels: Floats) -> Floats:
    """Per row of 0/1 labels; the kernel's diagonal is 0."""
    m, n = labels[0].sum(), (1 - labels[0]).sum()
    products = labels @ kernel
    within_window = (products * labels).sum(axis=1)
    across = (products * (1 - labels)).sum(axis=1)
    within_reference = kernel.sum() - within_window - 2 * across
    found: Floats = within_reference / (n * (n - 1)) + within_window / (m * (m - 1)) - 2 * across / (n * m)
    return found


def _pooled(reference: Floats, window: Floats, rows: int, seed: int) -> tuple[Floats, np.ndarray]:
    random = np.random.default_rng([seed, _STREAM])
    parts = [
        part if len(part) <= rows else part[np.sort(random.choice(len(part), rows, replace=False))]
        for part in (reference, window)
    ]
    return np.concatenate(parts), np.repeat([0, 1], [len(part) for part in parts])


def _model(name: str, seed: int) -> Any:
    if name == "logistic":
        return LogisticRegression(max_iter=500)
    return HistGradientBoostingClassifier(max_iter=50, max_depth=4, random_state=seed % 2**32)
