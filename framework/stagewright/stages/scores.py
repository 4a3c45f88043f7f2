"""The shape of a score sheet, shared by everything that measures: baseline, evaluate, later stages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stagewright.frozen import frozen


@frozen
class Score:
    """One value with its confidence interval over `n` resampled units; None where none can be given."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


@frozen
class Scores:
    """Measured on one split, never on what a stage learned from.

    Attributes:
        path: folder with `per_sample.parquet` (one row per sample: `id` and every per-sample value) and
            whatever else the stage measured (see the stage's docs).
        split: which split was scored.
        values: every metric key (`iou_mean`, `iou.grey`, `minutes_per_slice`) with its interval.
    """

    path: Path
    split: str
    values: Mapping[str, Score]
