"""A score sheet: every metric per sample and over all, with intervals by resampling what is independent.

Percentile bootstrap (Efron, 1979), 1,000 resamples. Whole groups (scanners, patients) are resampled where the
data has them, because samples of one group are not independent (Field and Welsh, 2007,
doi:10.1111/j.1467-9868.2007.00593.x); else samples. Every metric and every formula is computed on the same
resamples, so a formula's interval follows from what it names, correlations included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stagewright.context import Context
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Formula, MetricSet
from stagewright.stages.scores import Score, Scores
from stagewright_plugins.scoring.tally import Floats, tally
from stagewright_plugins.scoring.values import build, named_values

RESAMPLES = 1000
LEVEL = 0.95
WEIGHTS = 4_000_000  # numbers in memory at a time, however many samples there are
_STREAM = 90_210  # keeps these draws apart from others that start from the same seed

Rows = NDArray[np.bool_]


class Sheet:
    """Scores of one model on one split.

    Attributes:
        ids: samples, in the order they came.
        keys: every value that the metrics can give.
    """

    def __init__(self, metrics: MetricSet, task: Task, context: Context) -> None:
        self._metrics = metrics
        self._built = build(metrics, task, context)
        self._tallies = {
            name: tally(item) for name, item in self._built.items() if not isinstance(item, Formula)
        }
        self._samples: list[dict[str, float]] = []
        self.ids: list[str] = []
        self.keys = [key for spec in metrics.metrics for key in spec.keys]

    def update(self, ids: Sequence[str], probabilities: Any, targets: Any) -> list[dict[str, float]]:
        """Add samples: probabilities (N, K, ...) float, targets (N, ...) int; arrays or tensors. Or N texts each.

        Returns:
            The values of each sample by key, those that exist.
        """
        given, true = _batch(probabilities), _batch(targets)
        found = {metric: tally.add(given, true) for metric, tally in self._tallies.items()}
        for i, name in enumerate(ids):
            computed = {metric: values[i] for metric, values in found.items()}
            self._samples.append(named_values(self._metrics, self._built, computed))
            self.ids.append(str(name))
        return self._samples[len(self._samples) - len(given) :]

    def per_sample(self, key: str) -> Floats:
        """One value per sample, NaN where it does not exist, (N,)."""
        return np.array([sample.get(key, np.nan) for sample in self._samples], dtype=np.float64)

    def values(self, rows: Rows | None = None) -> dict[str, float]:
        """Every value over all samples, or over those where `rows` (N,) is true."""
        return self._over(self._chosen(rows).astype(np.float64)[None])[0]

    def scores(
        self,
        rows: Rows | None = None,
        groups: Mapping[str, str] | None = None,
        seed: int = 0,
        resamples: int = RESAMPLES,
    ) -> dict[str, Score]:
        """Every value with its 95 % interval; `n` is how many units (groups, else samples) were resampled.

        Args:
            rows: which samples, (N,); all if None.
            groups: the group of every sample by id; a sample without one is a unit of its own.
            seed: of the resamples.
            resamples: how many.

        Returns:
            Scores by key. No interval with fewer than two units, nor for a metric that can only be computed
            over all samples at once. Resamples in which a value does not exist are not counted for it.
        """
        chosen = self._chosen(rows)
        values = self.values(rows)
        units, unit = self._units(chosen, groups or {})
        if len(units) < 2:
            return {key: Score(value, n=len(units)) for key, value in values.items()}
        weights = _drawn(chosen, unit, len(units), seed, resamples)
        drawn = [value for part in weights for value in self._over(part)]
        return {key: _score(value, key, drawn, len(units)) for key, value in values.items()}

    def differences(
        self, other: Sheet, groups: Mapping[str, str] | None = None, seed: int = 0, resamples: int = RESAMPLES
    ) -> dict[str, Score]:
        """This sheet's values minus another's of the same samples in the same order, with 95 % intervals.

        Both are computed on the same resamples, so what is hard for both cancels out.
        """
        chosen = self._chosen(None)
        units, unit = self._units(chosen, groups or {})
        gaps = _gaps(self.values(), other.values())
        if len(units) < 2:
            return {key: Score(value, n=len(units)) for key, value in gaps.items()}
        drawn = [
            _gaps(mine, theirs)
            for part in _drawn(chosen, unit, len(units), seed, resamples)
            for mine, theirs in zip(self._over(part), other._over(part), strict=True)
        ]
        return {key: _score(value, key, drawn, len(units)) for key, value in gaps.items()}

    def write(
        self, folder: Path, split: str, groups: Mapping[str, str] | None = None, seed: int = 0
    ) -> Scores:
        """Write `per_sample.parquet` (`id`, one column per key) and give the scores with intervals."""
        import pandas as pd

        columns = {key: self.per_sample(key) for key in self.keys}
        pd.DataFrame({"id": self.ids, **columns}).to_parquet(folder / "per_sample.parquet", index=False)
        return Scores(folder, split, self.scores(groups=groups, seed=seed))

    def _chosen(self, rows: Rows | None) -> Rows:
        return np.ones(len(self.ids), dtype=bool) if rows is None else np.asarray(rows, dtype=bool)

    def _units(self, chosen: Rows, groups: Mapping[str, str]) -> tuple[Any, Any]:
        """The independent units among the chosen samples, and the index of each chosen sample's unit."""
        # A sample is told apart from a group that happens to have its name.
        names = [f"group {groups[name]}" if groups.get(name) else f"sample {name}" for name in self.ids]
        return np.unique(
            [name for name, take in zip(names, chosen, strict=True) if take], return_inverse=True
        )

    def _over(self, weights: Floats) -> list[dict[str, float]]:
        """Every value under each weighting (R, N) of the samples."""
        if not self.ids:
            return [{} for _ in weights]
        found = {name: tally.over(weights) for name, tally in self._tallies.items()}
        known = {name: values for name, values in found.items() if values is not None}
        return [
            named_values(self._metrics, self._built, {name: values[i] for name, values in known.items()})
            for i in range(len(weights))
        ]


def _batch(values: Any) -> Any:
    """A tensor; of texts, a list."""
    if len(values) and isinstance(values[0], str):
        return [str(value) for value in values]
    return torch.as_tensor(values)


def _gaps(mine: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float]:
    return {key: value - theirs[key] for key, value in mine.items() if key in theirs}


def _drawn(chosen: Rows, unit: Any, units: int, seed: int, resamples: int) -> Iterator[Floats]:
    """How often each sample is in each resample of whole units with replacement, parts of (resamples, N)."""
    random = np.random.default_rng([seed, _STREAM])
    size = max(1, WEIGHTS // len(chosen))
    for start in range(0, resamples, size):
        part = min(size, resamples - start)
        counts = random.multinomial(units, np.full(units, 1 / units), size=part)
        weights = np.zeros((part, len(chosen)))
        weights[:, chosen] = counts[:, unit]
        yield weights


def _score(value: float, key: str, drawn: Sequence[Mapping[str, float]], units: int) -> Score:
    there = [sample[key] for sample in drawn if key in sample]
    if not there:
        return Score(value, n=units)
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(there, [tail, 100 - tail])
    return Score(value, float(low), float(high), units)
