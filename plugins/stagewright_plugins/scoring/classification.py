"""Metrics of class probabilities, weighed: their value over any resample follows from one sorting of the samples.

Of two classes the second one is what is looked for; with more, a value is the mean over classes, each against the
rest. A value that does not exist (no sample of a class) is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Weighable(Metric):
    """A metric that weighs samples itself: `weighed(probabilities (N, K), target (N,), weights (R, N))` gives (R,).

    `own(probabilities, target)` gives each sample's own value, (N,); NaN where one sample has none.
    """

    full_state_update = False
    probabilities: list[torch.Tensor]
    targets: list[torch.Tensor]

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.add_state("probabilities", [], dist_reduce_fx="cat")
        self.add_state("targets", [], dist_reduce_fx="cat")

    def update(self, probabilities: torch.Tensor, target: torch.Tensor) -> None:
        """Add samples: probabilities (N, K), target (N,)."""
        self.probabilities.append(probabilities)
        self.targets.append(target)

    def compute(self) -> Any:
        """The value over all samples seen."""
        given = dim_zero_cat(self.probabilities).double().cpu().numpy()
        true = dim_zero_cat(self.targets).cpu().numpy()
        return torch.tensor(float(self.weighed(given, true, np.ones((1, len(true))))[0]))

    def own(self, probabilities: Floats, target: Labels) -> Floats:
        """Each sample's own value, (N,)."""
        return np.full(len(target), np.nan)

    def weighed(self, probabilities: Floats, target: Labels, weights: Floats) -> Floats:
        """The value under each weighting, (R,)."""
        raise NotImplementedError

    def looked_for(self) -> list[int]:
        """The classes that are told from the rest."""
        return [1] if self.classes == 2 else list(range(self.classes))


class Ranked(Weighable):
    """A metric of the order of samples: the mean of `of_order` over the classes that are looked for."""

    def weighed(self, probabilities: Floats, target: Labels, weights: Floats) -> Floats:
        """The value under each weighting, (R,)."""
        found = []
        for index in self.looked_for():
            score = probabilities[:, index]
            order = np.argsort(-score, kind="stable")
            starts = np.flatnonzero(
                np.diff(score[order], prepend=np.inf)
            )  # samples of one score are one step
            positive = (target == index)[order]
            given = weights[:, order]
            hits = given * positive
            if len(starts) < len(order):
                hits, given = (np.add.reduceat(part, starts, axis=1) for part in (hits, given))
            found.append(self.of_order(hits, given))
        return _mean(found)

    def of_order(self, hits: Floats, all: Floats) -> Floats:
        """From weights of positives and of all samples per distinct score, the highest first, (R, scores) each."""
        raise NotImplementedError


class Auroc(Ranked):
    """Area under the ROC curve: the chance that a positive is scored above a negative, ties counting half."""

    def of_order(self, hits: Floats, all: Floats) -> Floats:
        """Mann-Whitney's U over the number of pairs (Hanley and McNeil, 1982)."""
        misses = all - hits
        below = misses.sum(1, keepdims=True) - misses.cumsum(1)
        pairs = hits.sum(1) * misses.sum(1)
        return _ratio((hits * (below + misses / 2)).sum(1), pairs)


class AveragePrecision(Ranked):
    """Precision averaged over the positives, each at its own score."""

    def of_order(self, hits: Floats, all: Floats) -> Floats:
        """Sum of precision × gain in recall; no interpolation (Davis and Goadrich, 2006)."""
        reached = all.cumsum(1)
        precision = np.divide(hits.cumsum(1), reached, out=np.zeros_like(hits), where=reached > 0)
        return _ratio((hits * precision).sum(1), hits.sum(1))


class PrecisionAt(Ranked):
    """Share of positives among the samples with the highest scores."""

    def __init__(self, classes: int, share: float) -> None:
        super().__init__(classes)
        self.share = share

    def of_order(self, hits: Floats, all: Floats) -> Floats:
        """Of samples with the score at which the share is reached, as large a part as is needed."""
        wanted = self.share * all.sum(1, keepdims=True)
        taken = np.clip(wanted - (all.cumsum(1) - all), 0, all)
        part = np.divide(taken, all, out=np.zeros_like(all), where=all > 0)
        return _ratio((hits * part).sum(1), wanted[:, 0])


class Meant(Weighable):
    """A metric that is the mean of the samples' own values."""

    def weighed(self, probabilities: Floats, target: Labels, weights: Floats) -> Floats:
        """The weighted mean, (R,)."""
        return _ratio(weights @ self.own(probabilities, target), weights.sum(1))


class Brier(Meant):
    """Squared distance of the probabilities from what came true (Brier, 1950); of two classes, of the second's."""

    def own(self, probabilities: Floats, target: Labels) -> Floats:
        """Each sample's squared distance, (N,)."""
        true = np.eye(self.classes)[target]
        parts = (probabilities - true) ** 2
        squared: Floats = parts[:, 1] if self.classes == 2 else parts.sum(1)
        return squared


class Accuracy(Meant):
    """Share of samples whose likeliest class is the true one."""

    def own(self, probabilities: Floats, target: Labels) -> Floats:
        """1 where right, (N,)."""
        return (probabilities.argmax(1) == target).astype(np.float64)


class F1(Weighable):
    """Harmonic mean of precision and recall at a threshold; of more than two classes, of the likeliest one."""

    def __init__(self, classes: int, threshold: float) -> None:
        super().__init__(classes)
        self.threshold = threshold

    def weighed(self, probabilities: Floats, target: Labels, weights: Floats) -> Floats:
        """2 TP / (2 TP + FP + FN), (R,)."""
        found = []
        for index in self.looked_for():
            said = probabilities[:, index] >= self.threshold
            if self.classes > 2:
                said = probabilities.argmax(1) == index
            true = target == index
            hits = weights @ (said & true).astype(float)
            found.append(_ratio(2 * hits, weights @ said.astype(float) + weights @ true.astype(float)))
        return _mean(found)


def _ratio(part: Floats, whole: Floats) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def _mean(values: list[Floats]) -> Floats:
    """Mean over the classes for which the value exists."""
    stacked = np.stack(values)
    there = np.isfinite(stacked)
    return _ratio(np.where(there, stacked, 0.0).sum(0), there.sum(0).astype(float))
