"""What one metric saw, kept per sample: its value over any weighting of samples follows without pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics import Metric

from .classification import Weighable

Floats = NDArray[np.float64]
Samples = torch.Tensor | Sequence[str]  # of texts, one text each


class Tally(Protocol):
    """One metric over many samples."""

    def add(self, probabilities: Samples, target: Samples) -> Sequence[Any]:
        """Add samples, (N, K, ...) and (N, ...), or N texts each; gives what `compute()` says of each one alone."""
        ...

    def over(self, weights: Floats) -> list[Any] | None:
        """What `compute()` says of each weighting (R, N) of the samples; None where that cannot be told."""
        ...


def tally(metric: Metric) -> Tally:
    """The cheapest exact way to keep this metric."""
    if isinstance(metric, Weighable):
        return Weighed(metric)
    return Sums(metric) if _adds_up(metric) else Whole(metric)


class Sums:
    """A metric whose states add up over samples (pixel counts): one row of states per sample.

    A weighting of samples is then a weighted sum of rows, and a thousand resamples one matrix product.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        metric.reset()
        self._empty = {name: value.clone() for name, value in metric.metric_state.items()}
        self._rows: list[Floats] = []

    def add(self, probabilities: Samples, target: Samples) -> list[Any]:
        """Add samples; gives the value of each."""
        pairs = zip(_ones(probabilities), _ones(target), strict=True)
        return [self._add(one, right) for one, right in pairs]

    def _add(self, probabilities: Samples, target: Samples) -> Any:
        self._metric.reset()
        self._metric.update(probabilities, target)
        states = [value.double().flatten() for value in self._metric.metric_state.values()]
        self._rows.append(torch.cat(states).cpu().numpy())
        return _compute(self._metric)

    def over(self, weights: Floats) -> list[Any]:
        """One value per weighting."""
        return [self._from(torch.from_numpy(row)) for row in weights @ np.stack(self._rows)]

    def _from(self, states: torch.Tensor) -> Any:
        start = 0
        for name, empty in self._empty.items():
            part = states[start : start + empty.numel()].reshape(empty.shape)
            setattr(self._metric, name, part.to(empty.dtype))
            start += empty.numel()
        return _compute(self._metric)


class Whole:
    """A metric whose states do not add up: its value over all samples, and each sample's own.

    Where the value over all is the mean of the samples' own (to 1e-6), any weighting is a weighted mean.
    Otherwise only the value over all samples exists, without interval and without slices.
    """

    def __init__(self, metric: Metric) -> None:
        self._all, self._one = metric, metric.clone()
        self._rows: list[Floats] = []
        self._shape: tuple[int, ...] = ()

    def add(self, probabilities: Samples, target: Samples) -> list[Any]:
        """Add samples; gives the value of each."""
        pairs = zip(_ones(probabilities), _ones(target), strict=True)
        return [self._add(one, right) for one, right in pairs]

    def _add(self, probabilities: Samples, target: Samples) -> Any:
        self._all.update(probabilities, target)
        self._one.reset()
        self._one.update(probabilities, target)
        value = np.asarray(_compute(self._one), dtype=np.float64)
        self._rows.append(np.atleast_1d(value))
        self._shape = value.shape
        return value

    def over(self, weights: Floats) -> list[Any] | None:
        """One value per weighting; None unless the weightings are all 1 or the metric is a mean."""
        value = np.asarray(_compute(self._all), dtype=np.float64)
        if np.all(weights == 1):
            return [value] * len(weights)
        if not np.allclose(self._means(np.ones((1, len(self._rows))))[0], value, atol=1e-6, equal_nan=True):
            return None
        return list(self._means(weights))

    def _means(self, weights: Floats) -> Floats:
        """Weighted means of the values that exist, (R, ...)."""
        rows = np.stack(self._rows)
        there = np.isfinite(rows)
        with np.errstate(invalid="ignore"):
            means: Floats = (weights @ np.where(there, rows, 0.0)) / (weights @ there)
        return means.reshape(len(weights), *self._shape)


class Weighed:
    """A metric that weighs samples itself: all samples are kept, and every weighting is exact."""

    def __init__(self, metric: Weighable) -> None:
        self._metric = metric
        self._given: list[Floats] = []
        self._true: list[NDArray[np.int64]] = []

    def add(self, probabilities: torch.Tensor, target: torch.Tensor) -> Floats:
        """Add samples; gives the value of each."""
        self._given.append(probabilities.double().cpu().numpy())
        self._true.append(target.cpu().numpy())
        return self._metric.own(self._given[-1], self._true[-1])

    def over(self, weights: Floats) -> list[Any]:
        """One value per weighting; samples that no weighting counts cost nothing."""
        counted = weights.any(0)
        given, true = np.concatenate(self._given)[counted], np.concatenate(self._true)[counted]
        if not len(true):
            return [np.nan] * len(weights)
        return list(self._metric.weighed(given, true, weights[:, counted]))


def _ones(samples: Samples) -> Sequence[Samples]:
    """Batches of one sample each."""
    return samples.split(1) if isinstance(samples, torch.Tensor) else [[text] for text in samples]


def _adds_up(metric: Metric) -> bool:
    """Whether the states of two sets of samples add up to the state of both."""
    reductions = metric._reductions.values()  # torchmetrics shows it in no other way
    return all(getattr(reduce, "__name__", "") == "dim_zero_sum" for reduce in reductions)


def _compute(metric: Metric) -> Any:
    """`compute()` as its author wrote it, without the cache and the warnings around it."""
    return type(metric).compute(metric)
