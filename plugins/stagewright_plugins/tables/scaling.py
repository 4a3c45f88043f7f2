"""Columns as a network wants them: standardised numbers with a flag for missing ones, categories by index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stagewright.stages.data import Column

from .reading import Rows, Values


@dataclass(frozen=True)
class Scaling:
    """Learned from the train split.

    Attributes:
        columns: the features, in order.
        means, scales: of the number columns, in order; float32.
        indices: per category column, its categories and their index from 1; 0 is an unknown or a missing one.
    """

    columns: Mapping[str, Column]
    means: NDArray[np.float32]
    scales: NDArray[np.float32]
    indices: Mapping[str, Mapping[str, int]]

    @property
    def numbers(self) -> list[str]:
        """Number columns, in order."""
        return [name for name, column in self.columns.items() if column.kind == "number"]

    def numeric(self, inputs: Values) -> NDArray[np.float32]:
        """(N, 2 F): standardised numbers, 0 where missing; then 1 where missing, else 0."""
        if not self.numbers:
            return np.zeros((len(next(iter(inputs.values()))), 0), np.float32)
        raw = np.stack([inputs[name] for name in self.numbers], axis=1).astype(np.float32)
        missing = np.isnan(raw)
        scaled = np.where(missing, np.float32(0), (raw - self.means) / self.scales)
        return np.concatenate([scaled, missing.astype(np.float32)], axis=1)

    def codes(self, inputs: Values) -> NDArray[np.int64]:
        """(N, C) indices of categories."""
        rows = len(next(iter(inputs.values())))
        found = [
            np.array([known.get(value, 0) for value in inputs[name]], dtype=np.int64)
            for name, known in self.indices.items()
        ]
        return np.stack(found, axis=1) if found else np.zeros((rows, 0), dtype=np.int64)


def scaling(columns: Mapping[str, Column], rows: Rows, minimum: int) -> Scaling:
    """Learn means, spreads and categories; those with fewer than `minimum` rows count as unknown."""
    means, scales, indices = [], [], {}
    for name, column in columns.items():
        values = rows.inputs[name]
        if column.kind == "category":
            names, counts = np.unique(values.astype(str), return_counts=True)
            kept = [str(n) for n, count in zip(names, counts, strict=True) if count >= minimum and n]
            indices[name] = {value: i for i, value in enumerate(kept, start=1)}
            continue
        there = values[np.isfinite(values)].astype(np.float64)
        spread = float(there.std()) if len(there) else 0.0
        means.append(float(there.mean()) if len(there) else 0.0)
        scales.append(spread or 1.0)
    return Scaling(dict(columns), np.array(means, np.float32), np.array(scales, np.float32), indices)
