"""Held-out samples as requests, and the value of an answer once the truth is known."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet
from stagewright_plugins.packaging.tensors import DTYPES
from stagewright_plugins.scoring.batches import opened
from stagewright_plugins.scoring.sheet import Sheet

from .labels import OF_ROWS

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Sample:
    """One sample as a request of one row.

    Attributes:
        truth: (H, W) class indices of a picture, the class index of a row, the translation of a text.
    """

    id: str
    inputs: Arrays
    truth: np.ndarray


def held_out(data: Dataset, signatures: Iterable[Mapping[str, Any]], most: int, seed: int) -> list[Sample]:
    """At most so many samples of the test split, drawn by seed, with all inputs that packages of these signatures take.

    A picture goes as it is stored (uint8), a row as one value per column.

    Raises:
        StagewrightError: the split is empty, or a column that the package takes is not in the data.
    """
    rows = opened(data, "test")
    if not len(rows):
        raise StagewrightError("the test split is empty: there is nothing to replay")
    chosen = np.random.default_rng(seed).permutation(len(rows))[:most]
    tensors = [tensor for signature in signatures for tensor in signature["inputs"]]
    return [_sample(rows[int(i)], tensors) for i in sorted(chosen)]


def samples_of(
    data: Dataset, split: str, signatures: Iterable[Mapping[str, Any]], ids: Container[str]
) -> list[Sample]:
    """The samples of a split with these ids, in the split's order, as `held_out` makes them."""
    tensors = [tensor for signature in signatures for tensor in signature["inputs"]]
    rows = opened(data, split)
    return [_sample(rows[i], tensors) for i, name in enumerate(rows["id"]) if str(name) in ids]


def _sample(row: Mapping[str, Any], tensors: Iterable[Mapping[str, Any]]) -> Sample:
    inputs = {tensor["name"]: _input(row, tensor) for tensor in tensors}
    return Sample(str(row["id"]), inputs, np.asarray(row["target"]))


def _input(row: Mapping[str, Any], tensor: Mapping[str, Any]) -> np.ndarray:
    """One row of the tensor; pictures lie in the column `input` whatever the package calls them."""
    dtype = DTYPES[tensor["datatype"]]
    if len(tensor["shape"]) == 4:
        return np.asarray(row["input"], dtype=dtype)[None]
    if tensor["name"] not in row:
        raise StagewrightError(f"the package takes {tensor['name']!r}, which the data does not have")
    return np.array([[row[tensor["name"]]]], dtype=dtype)


class Truth(Protocol):
    """What answers are worth.

    Attributes:
        keys: names of the values that labels will carry.
    """

    keys: tuple[str, ...]

    def values(self, sample: Sample, outputs: Arrays) -> dict[str, float]:
        """The values of one answer, those that exist."""
        ...


def truth(metrics: MetricSet, task: Task, context: Context) -> Truth:
    """How answers of this task are valued; raises StagewrightError for a task that cannot be replayed."""
    if task.type == "segmentation":
        return _Pictures(metrics, task, context)
    if task.type == "classification":
        return _Rows()
    if task.type == "translation":
        return _Texts(metrics, task, context)
    raise StagewrightError(
        f"a task of type {task.type!r} cannot be replayed; segmentation, classification and translation can"
    )


class _Pictures:
    """Every metric of the recipe, per picture; an answer seen before is not scored again."""

    def __init__(self, metrics: MetricSet, task: Task, context: Context) -> None:
        self._sheet = Sheet(metrics, task, context)
        self.keys = tuple(self._sheet.keys)
        self._known: dict[tuple[str, bytes], dict[str, float]] = {}

    def values(self, sample: Sample, outputs: Arrays) -> dict[str, float]:
        probabilities = outputs["probability"]
        key = (sample.id, blake2b(probabilities.tobytes(), digest_size=16).digest())
        if key not in self._known:
            # Not `update` with what the wire gave: it is read only, and torch would warn about it.
            found = self._sheet.update([sample.id], probabilities.copy(), sample.truth[None].astype(np.int64))
            self._known[key] = found[0]
        return self._known[key]


class _Texts:
    """Every metric of the recipe, per text; an answer seen before is not scored again."""

    def __init__(self, metrics: MetricSet, task: Task, context: Context) -> None:
        self._sheet = Sheet(metrics, task, context)
        self.keys = tuple(self._sheet.keys)
        self._known: dict[tuple[str, str], dict[str, float]] = {}

    def values(self, sample: Sample, outputs: Arrays) -> dict[str, float]:
        said = str(outputs["translation"].reshape(-1)[0])
        if (sample.id, said) not in self._known:
            found = self._sheet.update([sample.id], [said], [str(sample.truth)])
            self._known[sample.id, said] = found[0]
        return self._known[sample.id, said]


class _Rows:
    """Whether the class was right, and the squared error of the probabilities (Brier, 1950).

    Metrics that rank rows against each other, such as AUROC, have no value for one row.
    """

    keys = OF_ROWS

    def values(self, sample: Sample, outputs: Arrays) -> dict[str, float]:
        probabilities, true = outputs["probability"][0].astype(float), int(sample.truth)
        certain = np.arange(len(probabilities)) == true
        # Halved, so that it runs from 0 to 1, and with two classes is the metric `brier` of one row.
        squared = float(((probabilities - certain) ** 2).sum()) / 2
        return {"correct": float(int(outputs["label"][0]) == true), "brier": squared}
