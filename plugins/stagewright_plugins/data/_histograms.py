"""Distributions of every quality column, per split over the same bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stagewright.stages.data import SPLITS

BINS = 24

# column → {"edges": [...], "counts": {split: [...]}}
Histograms = dict[str, dict[str, object]]


def histograms(rows: pd.DataFrame, columns: Sequence[str]) -> Histograms:
    """Counts per split of the finite values; columns without any are left out."""
    return {name: found for name in columns if (found := _of_column(rows, name))}


def _of_column(rows: pd.DataFrame, name: str) -> dict[str, object] | None:
    values = rows[name].to_numpy(dtype=float)
    finite = np.isfinite(values)
    if not finite.any():
        return None
    edges = np.histogram_bin_edges(values[finite], bins=BINS)
    counts = {
        split: np.histogram(values[finite & (rows["split"] == split).to_numpy()], edges)[0].tolist()
        for split in SPLITS
    }
    return {"edges": [float(f"{edge:.6g}") for edge in edges], "counts": counts}
