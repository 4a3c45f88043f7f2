"""Rows of a tabular dataset in the order of time, with the moment at which each label is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset

from .reading import Rows, Values, columns, opened, valued


@dataclass(frozen=True)
class Arriving:
    """N rows in the order of `times`.

    Attributes:
        times, known: (N,) Unix seconds of the row, and of its label.
        groups: (N,) names of what is resampled as a whole; the row's own id where there are none.
    """

    rows: Rows
    times: NDArray[np.float64]
    known: NDArray[np.float64]
    groups: NDArray[Any]

    def __len__(self) -> int:
        return len(self.times)

    def taken(self, places: NDArray[Any]) -> Arriving:
        """Those rows, by index or by truth."""
        at = np.arange(len(self))[places]
        inputs: Values = {name: values[at] for name, values in self.rows.inputs.items()}
        rows = Rows([self.rows.ids[i] for i in at], inputs, self.rows.targets[at])
        return Arriving(rows, self.times[at], self.known[at], self.groups[at])


def after(data: Dataset) -> Arriving:
    """The rows at and after the cut-off (`live/`); raises StagewrightError where there are none."""
    return _read(data, "live")


def before(data: Dataset) -> Arriving:
    """The test split: the last rows before the cut-off, whose labels were known by then."""
    return _read(data, "splits/test")


def zone(data: Dataset) -> str:
    """The time zone in which the data's days begin."""
    card = json.loads((data.path / "card.json").read_text(encoding="utf-8"))
    return str(card.get("zone") or "UTC")


def _read(data: Dataset, folder: str) -> Arriving:
    known = columns(data)
    path = data.path / folder
    rows = opened(path) if path.is_dir() else pd.DataFrame()
    if not len(rows):
        raise StagewrightError(
            f"the data has no rows in `{folder}`: set `data.until` to a day before the last rows"
        )
    if "time" not in rows:
        raise StagewrightError(
            "the rows have no time, which is needed to live through it: name one in the source"
        )
    rows = rows.iloc[np.argsort(_seconds(rows["time"]), kind="stable")]
    inputs = {name: valued(rows[name], column) for name, column in known.items()}
    ids = list(map(str, rows["id"]))
    groups = np.array([str(group) or name for group, name in zip(rows["group"], ids, strict=True)])
    times = _seconds(rows["time"])
    told = _seconds(rows["label_time"]) if "label_time" in rows else times
    return Arriving(Rows(ids, inputs, rows["target"].to_numpy().astype(np.int64)), times, told, groups)


def _seconds(times: pd.Series) -> NDArray[np.float64]:
    moments = pd.to_datetime(times, utc=True, format="ISO8601")
    return (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(dtype=np.float64)
