"""Which columns of a frame of requests mean what, by their names.

`<input>`          what a request brought, and image descriptors of it (`image.brightness`)
`output.<name>`    what the model answered (`output.confidence`, `output.label`)
`value.<metric>`   per-request metric values that came with a label
`target`           the truth, where a label brought it
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

OUTPUT, VALUE, TARGET = "output.", "value.", "target"

Floats = NDArray[np.float64]


def inputs(frame: pd.DataFrame) -> list[str]:
    """Columns a request brought."""
    return [
        name for name in map(str, frame.columns) if not name.startswith((OUTPUT, VALUE)) and name != TARGET
    ]


def outputs(frame: pd.DataFrame) -> list[str]:
    """Columns the model answered."""
    return [name for name in map(str, frame.columns) if name.startswith(OUTPUT)]


def numeric(frame: pd.DataFrame, name: str) -> bool:
    """Whether a column holds quantities; booleans, text and categories are kinds, not quantities."""
    kind: Any = frame[name].dtype
    return bool(pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind))


def shared(
    reference: pd.DataFrame, window: pd.DataFrame, names: Sequence[str], chosen: Sequence[str] | None
) -> list[str]:
    """The names that both frames have, in order; only the chosen ones, where some are."""
    return [
        name for name in names if name in reference and name in window and (chosen is None or name in chosen)
    ]


def floats(values: pd.Series) -> Floats:
    """The finite values, sorted."""
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    numbers.sort()
    return numbers


def matrix(frames: Sequence[pd.DataFrame], names: Sequence[str]) -> list[Floats]:
    """The frames as numbers with the same columns, (rows, columns): quantities in standard deviations of the
    first frame, gaps at its median; kinds as one column per value of the first frame.
    """
    parts: list[list[Floats]] = [[] for _ in frames]
    for name in names:
        encode = _scaled if numeric(frames[0], name) else _one_hot
        for part, block in zip(parts, encode([frame[name] for frame in frames]), strict=True):
            part.append(block)
    return [
        np.column_stack(part) if part else np.empty((len(f), 0))
        for part, f in zip(parts, frames, strict=True)
    ]


MOST_KINDS = 30


def _scaled(series: Sequence[pd.Series]) -> list[Floats]:
    numbers = [item.to_numpy(dtype=np.float64, na_value=np.nan) for item in series]
    known = numbers[0][np.isfinite(numbers[0])]
    middle, spread = (float(np.median(known)), float(known.std())) if len(known) else (0.0, 0.0)
    return [np.where(np.isfinite(item), item - middle, 0.0) / (spread or 1.0) for item in numbers]


def _one_hot(series: Sequence[pd.Series]) -> list[Floats]:
    kinds = series[0].astype(str).value_counts().index[:MOST_KINDS]
    return [
        (item.astype(str).to_numpy()[:, None] == kinds.to_numpy()[None, :]).astype(np.float64)
        for item in series
    ]
