"""One split of a tabular dataset in memory, as the columns that a model takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.errors import StagewrightError
from stagewright.stages.data import Column, Dataset

# by column: (N,) float32 with NaN where missing, or (N,) objects of text, empty where missing
Values = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Rows:
    """Rows in the order of the split.

    Attributes:
        ids: names of the N rows.
        inputs: the features, by column.
        targets: (N,) int64.
    """

    ids: list[str]
    inputs: Values
    targets: NDArray[np.int64]

    def part(self, start: int, stop: int) -> Rows:
        """The rows from `start` up to `stop`."""
        inputs = {name: values[start:stop] for name, values in self.inputs.items()}
        return Rows(self.ids[start:stop], inputs, self.targets[start:stop])

    def batches(self, size: int) -> Iterator[Rows]:
        """Parts of at most `size` rows, in order."""
        for start in range(0, len(self.ids), size):
            yield self.part(start, start + size)


def columns(data: Dataset) -> dict[str, Column]:
    """The features of a dataset, in order.

    Raises:
        StagewrightError: the dataset is no table.
    """
    path = data.path / "columns.json"
    if data.modality != "tabular" or not path.is_file():
        raise StagewrightError(
            f"this step works on tables, the data is {data.modality}; use `data: {{type: tabular}}`"
        )
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: Column(**facts) for name, facts in told.items()}


def id_column(data: Dataset) -> str:
    """The source's column that names a row; empty where the dataset's card does not say."""
    path = data.path / "card.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(told.get("id", ""))


def read(data: Dataset, split: str) -> Rows:
    """A whole split; raises StagewrightError where there is none, it is empty, or the data is no table."""
    known, folder = columns(data), data.path / "splits" / split
    if not folder.is_dir():
        raise StagewrightError(f"the dataset in {data.path} has no split {split!r}")
    rows = opened(folder)
    if not len(rows):
        raise StagewrightError(f"the {split} split is empty: widen it, or bring more rows")
    inputs = {name: valued(rows[name], column) for name, column in known.items()}
    return Rows(list(map(str, rows["id"])), inputs, rows["target"].to_numpy().astype(np.int64))


def datatypes(known: Mapping[str, Column]) -> dict[str, str]:
    """The datatype of each column in a request, in the words of the Open Inference Protocol V2."""
    return {name: "BYTES" if column.kind == "category" else "FP32" for name, column in known.items()}


def requested(inputs: Values) -> Values:
    """Columns as a model and a request have them, (N, 1)."""
    return {name: values.reshape(-1, 1) for name, values in inputs.items()}


def opened(path: Path) -> Any:
    """Rows on disk as a pandas DataFrame."""
    from datasets import load_from_disk

    return load_from_disk(str(path)).to_pandas()


def valued(values: Any, column: Column) -> NDArray[Any]:
    """A column of such a frame as models take it, (N,)."""
    if column.kind == "category":
        return np.array(values.fillna("").tolist(), dtype=object)
    return values.to_numpy(dtype=np.float32, copy=True)
