"""From which probability on the second class is said, and what mistakes that makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def chosen(second: NDArray[np.float32], targets: NDArray[np.int64], miss_cost: float | None) -> float:
    """The threshold on the second class's probabilities (N,) with the best F1, or the least cost.

    Cost: a miss costs `miss_cost`, a false alarm 1. Of equally good thresholds the highest one.
    """
    order = np.argsort(-second, kind="stable")
    scores, true = second[order].astype(float), (targets == 1)[order]
    last = np.flatnonzero(np.diff(scores, append=-np.inf))  # a threshold takes all samples of one score
    hits = np.cumsum(true)[last]
    said = last + 1
    misses, alarms = true.sum() - hits, said - hits
    worth = 2 * hits / (said + true.sum()) if miss_cost is None else -(miss_cost * misses + alarms)
    return float(scores[last[int(worth.argmax())]])


def confusion(
    given: NDArray[np.float32], targets: NDArray[np.int64], classes: Sequence[str], threshold: float | None
) -> dict[str, Any]:
    """Counts of each true class (row) by the one that was said (column); the likeliest is, without a threshold."""
    said = given.argmax(1) if threshold is None else (given[:, 1] >= np.float32(threshold)).astype(int)
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (targets, said), 1)
    per_class = [
        {
            "class": name,
            "precision": _ratio(counts[i, i], counts[:, i].sum()),
            "recall": _ratio(counts[i, i], counts[i].sum()),
        }
        for i, name in enumerate(classes)
    ]
    return {
        "classes": list(classes),
        "counts": counts.tolist(),
        "threshold": threshold,
        "per_class": per_class,
    }


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
