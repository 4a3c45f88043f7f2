"""No-ML rules for rows of a table, as plain JSON: `rules.py` for tables.

`{"rule": name, "inputs": {column: datatype}, "id": column, ...}`: `inputs` are all columns of the data, so that a rule
can be served behind the same requests as a model; `id` is the column that names a row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

# columns (N,) of N rows → (N, K) float32 probabilities
Rate = Callable[[Mapping[str, NDArray[Any]]], NDArray[np.float32]]


def rebuilt(spec: Mapping[str, Any]) -> Rate:
    """The function of a rule; raises StagewrightError for a rule that nothing here knows."""
    name = str(spec.get("rule"))
    if name not in RULES:
        raise StagewrightError(
            f"no rule {name!r} can be rebuilt for tables, {suggestion(name, RULES, 'rule')}"
        )
    return RULES[name](spec)


def historical_rate(
    inputs: Mapping[str, NDArray[Any]],
    targets: NDArray[np.int64],
    by: Sequence[str],
    classes: int,
    prior: float,
) -> dict[str, Any]:
    """Learn the shares of the classes among rows that agree in the first, the first two, ... columns of `by`.

    Without `by` they are those of all rows. Each share is pulled towards the one of the coarser level by as much as
    `prior` rows.
    """
    one_hot = np.eye(classes)[targets]
    overall = one_hot.mean(0)
    levels: list[dict[str, list[float]]] = []
    for depth in range(1, len(by) + 1):
        keys = _keys(inputs, by[:depth])
        names, inverse = np.unique(keys, return_inverse=True)
        sums = np.stack([np.bincount(inverse, one_hot[:, k]) for k in range(classes)], axis=1)
        counts = np.bincount(inverse)[:, None]
        coarser = np.array([_coarser(name, levels, overall) for name in names])
        shares = (sums + prior * coarser) / (counts + prior)
        levels.append(
            {str(n): [round(float(s), 6) for s in row] for n, row in zip(names, shares, strict=True)}
        )
    shares_overall = [round(float(share), 6) for share in overall]
    return {"rule": "historical_rate", "by": list(by), "overall": shares_overall, "levels": levels}


def _historical_rate(spec: Mapping[str, Any]) -> Rate:
    """`{"by": [column, ...], "overall": [share], "levels": [{values of the first columns: [share]}]}`."""
    by, levels = list(spec["by"]), list(spec["levels"])
    overall = np.array(spec["overall"])

    def rate(inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        names, inverse = np.unique(_keys(inputs, by), return_inverse=True)
        found = np.array([_finest(name, levels, overall) for name in names], dtype=np.float32)
        normal: NDArray[np.float32] = found / found.sum(1, keepdims=True)  # shares are kept rounded
        return normal[inverse]

    return rate


def _finest(key: str, levels: Sequence[Mapping[str, Any]], overall: Any) -> Any:
    """The shares of the most detailed level that knows the row."""
    if levels and key in levels[-1]:
        return levels[-1][key]
    return _coarser(key, levels[:-1], overall)


def _coarser(key: str, levels: Sequence[Mapping[str, Any]], overall: Any) -> Any:
    values = json.loads(key)
    for depth in range(min(len(values), len(levels)), 0, -1):
        shorter = json.dumps(values[:depth])
        if shorter in levels[depth - 1]:
            return levels[depth - 1][shorter]
    return overall


def _keys(inputs: Mapping[str, NDArray[Any]], by: Sequence[str]) -> NDArray[Any]:
    """The values of some columns as one text per row; numbers as briefly as they can be written."""
    columns = [[_text(value) for value in inputs[name]] for name in by]
    rows = zip(*columns, strict=True) if columns else repeat((), len(next(iter(inputs.values()))))
    return np.array([json.dumps(row) for row in rows])


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


RULES: dict[str, Callable[[Mapping[str, Any]], Rate]] = {"historical_rate": _historical_rate}
