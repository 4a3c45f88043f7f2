"""Metrics of several models on the same rows of one period, with paired bootstrap draws over days."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stagewright.stages.metrics import Formula
from stagewright.stages.monitor import Inputs
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.tally import tally
from stagewright_plugins.scoring.values import build, named_values

from ._stream_packages import Probabilities

AT_ONCE = 4_000_000  # weights in memory
_STREAM = 71_301  # keeps these draws apart from others that start from the same seed

Values = Mapping[str, float]


@dataclass(frozen=True)
class Drawn:
    """One model's values on a period, and under each resample; resample r is the same for all models."""

    values: Values
    draws: Sequence[Values]

    def score(self, key: str) -> Score | None:
        """A value with its 95 % percentile interval; None where it does not exist."""
        return _score(self.values.get(key), [one.get(key) for one in self.draws])

    def gain(self, other: Drawn, key: str) -> tuple[float, NDArray[np.float64]] | None:
        """This model's value minus another's, and the same under each resample."""
        if key not in self.values or key not in other.values:
            return None
        pairs = zip(self.draws, other.draws, strict=True)
        drawn = [mine.get(key, math.nan) - theirs.get(key, math.nan) for mine, theirs in pairs]
        return self.values[key] - other.values[key], np.array(drawn)


def drawn(
    inputs: Inputs,
    given: Mapping[str, Probabilities],
    targets: NDArray[np.int64],
    groups: NDArray[Any],
    resamples: int,
    period: int,
) -> dict[str, Drawn]:
    """Every model's metrics on the same rows and the same resamples of whole groups.

    `given` has (N, K) probabilities by model, `targets` (N,) class indices, `groups` (N,) names of what is resampled
    as a whole; `period` is its number, so that each has draws of its own.
    """
    tallies = {name: _Tallies(inputs, probabilities, targets) for name, probabilities in given.items()}
    values = {name: one.over(np.ones((1, len(targets))))[0] for name, one in tallies.items()}
    draws: dict[str, list[Values]] = {name: [] for name in given}
    names, unit = np.unique(groups, return_inverse=True)
    random = np.random.default_rng([inputs.context.seed, _STREAM, period])
    size = max(1, AT_ONCE // len(targets))
    for start in range(0, resamples if len(names) > 1 else 0, size):
        count = min(size, resamples - start)
        counts = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=count)
        weights = counts[:, unit].astype(np.float64)
        for name, one in tallies.items():
            draws[name] += one.over(weights)
    return {name: Drawn(values[name], draws[name]) for name in given}


def averaged(gains: Sequence[tuple[float, NDArray[np.float64]]]) -> Score:
    """The mean of the periods' gains; each period's days are resampled on their own."""
    value = float(np.mean([gain for gain, _ in gains]))
    return _score(value, list(np.mean([draws for _, draws in gains], axis=0))) or Score(value)


def _score(value: float | None, draws: Sequence[float | None]) -> Score | None:
    if value is None:
        return None
    there = [one for one in draws if one is not None and math.isfinite(one)]
    if not there:
        return Score(value)
    low, high = np.percentile(there, [2.5, 97.5])
    return Score(value, float(low), float(high), len(there))


class _Tallies:
    def __init__(self, inputs: Inputs, probabilities: Probabilities, targets: NDArray[np.int64]) -> None:
        self._metrics = inputs.metrics
        self._built = build(inputs.metrics, inputs.framing.task, inputs.context)
        self._tallies = {
            name: tally(item) for name, item in self._built.items() if not isinstance(item, Formula)
        }
        given, true = torch.as_tensor(probabilities), torch.as_tensor(targets)
        for one in self._tallies.values():
            one.add(given, true)

    def over(self, weights: NDArray[np.float64]) -> list[Values]:
        """Every value under each weighting (R, N)."""
        found = {name: one.over(weights) for name, one in self._tallies.items()}
        known = {name: values for name, values in found.items() if values is not None}
        return [
            named_values(self._metrics, self._built, {name: values[i] for name, values in known.items()})
            for i in range(len(weights))
        ]
