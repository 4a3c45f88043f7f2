"""How a column is distributed in train, validation and test, and how far train and test lie apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from stagewright.stages.data import SPLITS
from stagewright_plugins.scoring.slices import MISSING

from ._columns import Columns

BINS = 20
MOST = 20_000  # rows that distances are taken over, drawn by seed; more would take minutes and change nothing
DEALS = 200  # random splits that tell which distance chance alone gives
_STREAM = 51_001  # keeps these draws apart from others that start from the same seed

Distance = Callable[[NDArray[Any], NDArray[Any]], float | None]


def distribution(columns: Columns, name: str, numeric: bool) -> dict[str, Any]:
    """Counts per split: over shared bins of a numeric column, else per value."""
    values = columns.of(name)
    if not numeric:
        texts = _texts(values)
        names = sorted(texts.unique())
        counted = {
            split: texts[columns.split(split)].value_counts().reindex(names, fill_value=0).tolist()
            for split in SPLITS
        }
        return {"values": names, "counts": counted}
    numbers = values.astype(float)
    finite = numbers[np.isfinite(numbers)]
    edges = np.histogram_bin_edges(finite, bins=BINS)
    counted = {
        split: np.histogram(finite[columns.split(split)[finite.index]], edges)[0].tolist() for split in SPLITS
    }
    return {"edges": edges.tolist(), "counts": counted}


def shift(columns: Columns, name: str, numeric: bool, seed: int) -> dict[str, Any]:
    """The distance from train to test, and the one that 95 % of random splits of the same groups stay below.

    A numeric column: the Wasserstein distance in standard deviations of the train split. Other columns: total
    variation, the share of samples that would have to change their value, 0 to 1. Whole groups are dealt, so
    `chance` allows for test groups that the model never saw.
    """
    column = columns.of(name)
    values = column.astype(float).to_numpy() if numeric else pd.factorize(_texts(column))[0]
    usable = (columns.split("train") | columns.split("test")).to_numpy()
    if numeric:
        usable = usable & np.isfinite(values)
    usable = usable & _drawn(usable, seed)
    distance: Distance = wasserstein if numeric else total_variation
    test, values = columns.split("test").to_numpy()[usable], values[usable]
    units = np.array(columns.groups(), dtype=object)[usable]
    found = distance(values[~test], values[test])
    dealt = [one for one in _by_chance(values, test, units, distance, seed) if one is not None]
    chance = float(np.percentile(dealt, 95)) if dealt else None
    measure = "Wasserstein / standard deviation" if numeric else "total variation"
    shifted = found is not None and chance is not None and found > chance
    return {"measure": measure, "distance": found, "chance": chance, "shifted": shifted}


def _drawn(usable: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """At most MOST of the usable rows."""
    rows = np.flatnonzero(usable)
    kept = np.zeros(len(usable), dtype=bool)
    kept[np.random.default_rng([seed, _STREAM, 1]).permutation(rows)[:MOST]] = True
    return kept


def _texts(values: pd.Series) -> pd.Series:
    return values.map(str).astype(object).where(values.notna(), MISSING)


def wasserstein(train: NDArray[Any], test: NDArray[Any]) -> float | None:
    """Earth mover's distance in standard deviations of the first; None where that has no spread."""
    if not len(train) or not len(test) or not train.std():
        return None
    return float(wasserstein_distance(train, test) / train.std())


def total_variation(train: NDArray[Any], test: NDArray[Any]) -> float | None:
    """Half the summed difference of the shares of each value, a number from 0 on."""
    if not len(train) or not len(test):
        return None
    size = max(train.max(), test.max()) + 1
    one, other = (np.bincount(part, minlength=size) / len(part) for part in (train, test))
    return float(np.abs(one - other).sum() / 2)


def _by_chance(
    values: NDArray[Any], test: NDArray[np.bool_], units: Sequence[str], distance: Distance, seed: int
) -> list[float | None]:
    names, unit = np.unique(np.asarray(units, dtype=str), return_inverse=True)
    wanted = len(np.unique(unit[test]))
    random = np.random.default_rng([seed, _STREAM])
    found = []
    for _ in range(DEALS):
        drawn = np.zeros(len(names), dtype=bool)
        drawn[random.choice(len(names), wanted, replace=False)] = True
        found.append(distance(values[~drawn[unit]], values[drawn[unit]]))
    return found
