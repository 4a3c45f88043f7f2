"""Which measured property of a picture goes along with the errors, and which only seems to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.feature_selection import mutual_info_regression

SHUFFLES = 200
NEIGHBOURS = 6  # steadier than the usual 3 where samples are few: finds more at the same rate of false alarms
FEWEST = 30  # samples below which nothing can be told
MOST = 500  # samples above which a random part of them is enough
_STREAM = 51_003  # keeps these draws apart from others that start from the same seed

Floats = NDArray[np.float64]


def explained(
    quality: pd.DataFrame, scores: Floats, groups: Mapping[str, str], ids: Sequence[str], seed: int
) -> dict[str, Any]:
    """Mutual information of each quality column (N rows) with the score (N,), against a random control.

    The control is the 95th percentile, over 200 shuffles of the scores, of the *largest* value that any
    column reaches: one line for all columns, so looking at many of them does not make chance look like an
    explanation (Westfall and Young, 1993). Shuffles move whole groups and mix samples inside groups, because
    samples of one scanner share both their quality and their errors, which alone would look like a link.

    Mutual information in nats by nearest neighbours (Kraskov et al., 2004, doi:10.1103/PhysRevE.69.066138);
    the direction is Spearman's rank correlation.
    """
    used = _usable(scores, seed)
    if len(used) < FEWEST:
        return _nothing(f"{len(used)} samples have a score; at least {FEWEST} are needed")
    table = _filled(quality.iloc[used])
    if table.empty:
        return _nothing("no quality column varies over the test split")
    errors = scores[used]
    if np.ptp(errors) == 0:
        return _nothing("every sample has the same score")
    units = np.array([groups.get(ids[row], "") or f"sample {ids[row]}" for row in used], dtype=str)
    found = _information(table, errors, seed)
    drawn = _by_chance(table, errors, units, seed)
    control = float(np.percentile(drawn, 95))
    columns = [
        {
            "column": name,
            "information": value,
            "correlation": float(spearmanr(table[name], errors).statistic),
            "p": float((1 + (drawn >= value).sum()) / (1 + SHUFFLES)),
            "explains": value > control,
        }
        for name, value in zip(table, found.tolist(), strict=True)
    ]
    columns.sort(key=lambda item: -float(str(item["information"])))
    return {"skipped": "", "samples": len(used), "control": control, "shuffles": SHUFFLES, "columns": columns}


def _nothing(why: str) -> dict[str, Any]:
    return {"skipped": why, "samples": 0, "control": None, "shuffles": SHUFFLES, "columns": []}


def _usable(scores: Floats, seed: int) -> NDArray[np.int64]:
    """Rows with a score, at most MOST of them, in order."""
    rows = np.flatnonzero(np.isfinite(scores))
    if len(rows) <= MOST:
        return rows
    return np.sort(np.random.default_rng([seed, _STREAM, 1]).choice(rows, MOST, replace=False))


def _filled(quality: pd.DataFrame) -> pd.DataFrame:
    """Columns that vary and are nearly complete, their gaps filled with the median."""
    numbers = quality.astype(float).replace([np.inf, -np.inf], np.nan)
    complete = numbers.loc[:, numbers.notna().mean() >= 0.9]
    filled = complete.fillna(complete.median())
    return filled.loc[:, filled.nunique() > 1]


def _information(table: pd.DataFrame, errors: Floats, seed: int) -> Floats:
    found: Floats = mutual_info_regression(
        table.to_numpy(), errors, n_neighbors=NEIGHBOURS, random_state=seed % 2**32
    )
    return found


def _by_chance(table: pd.DataFrame, errors: Floats, units: NDArray[np.str_], seed: int) -> Floats:
    """The largest information of any column with shuffled scores, (SHUFFLES,)."""
    random = np.random.default_rng([seed, _STREAM])
    order = np.argsort(units, kind="stable")
    blocks = np.split(errors[order], np.unique(units[order], return_index=True)[1][1:])
    sorted_table = table.iloc[order]
    return np.array(
        [_information(sorted_table, _shuffled(blocks, random), seed).max() for _ in range(SHUFFLES)]
    )


def _shuffled(blocks: Sequence[Floats], random: np.random.Generator) -> Floats:
    """The groups in random order, and the samples of each in random order."""
    return np.concatenate([random.permutation(blocks[i]) for i in random.permutation(len(blocks))])
