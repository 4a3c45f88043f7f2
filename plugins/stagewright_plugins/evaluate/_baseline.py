"""The model against what works without ML, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stagewright.stages.metrics import MetricSet, MetricSpec
from stagewright.stages.scores import Scores
from stagewright_plugins.scoring.sheet import RESAMPLES, Sheet

_STREAM = 51_002  # keeps these draws apart from others that start from the same seed


def compared(
    baseline: Scores,
    sheet: Sheet,
    scores: Scores,
    metrics: MetricSet,
    groups: Mapping[str, str],
    seed: int,
) -> list[dict[str, Any]]:
    """Per metric: both values, and the mean difference over samples with its 95 % interval.

    Both scored the same samples, so differences are taken within each sample and whole groups resampled:
    what makes a sample hard for both cancels out. The mean over samples is not the difference of two values
    that were computed over all pixels together; both are given.
    """
    path = baseline.path / "per_sample.parquet"
    table = pd.read_parquet(path).set_index("id") if path.is_file() else pd.DataFrame()
    return [_metric(spec, baseline, sheet, scores, table, groups, seed) for spec in metrics.metrics]


def _metric(
    spec: MetricSpec,
    baseline: Scores,
    sheet: Sheet,
    scores: Scores,
    table: pd.DataFrame,
    groups: Mapping[str, str],
    seed: int,
) -> dict[str, Any]:
    key = spec.keys[0]
    without, value = baseline.values.get(key), scores.values.get(key)
    found: dict[str, Any] = {
        "metric": key,
        "direction": spec.direction,
        "model": value.value if value else None,
        "baseline": without.value if without else None,
        "paired": None,
    }
    if key not in table:
        return found
    gaps = sheet.per_sample(key) - table[key].reindex(sheet.ids).to_numpy(dtype=float)
    both = np.isfinite(gaps)
    units = [groups.get(id, id) for id, take in zip(sheet.ids, both, strict=True) if take]
    if not units:
        return found
    better = gaps[both] if spec.direction == "maximize" else -gaps[both]
    return found | {
        "paired": _paired(gaps[both], units, seed)
        | {
            "better": int((better > 0).sum()),
            "worse": int((better < 0).sum()),
            "samples": int(both.sum()),
        }
    }


def _paired(gaps: NDArray[np.float64], units: list[str], seed: int) -> dict[str, Any]:
    """Mean difference, and its percentile interval over resampled units; none with fewer than two."""
    names, unit = np.unique(units, return_inverse=True)
    found = {"mean": float(gaps.mean()), "low": None, "high": None, "units": len(names)}
    if len(names) < 2:
        return found
    sums, counts = np.bincount(unit, gaps), np.bincount(unit)
    random = np.random.default_rng([seed, _STREAM])
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
    low, high = np.percentile((drawn @ sums) / (drawn @ counts), [2.5, 97.5])
    return found | {"low": float(low), "high": float(high)}
