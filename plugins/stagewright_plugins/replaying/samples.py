"""Held-out samples as requests, and the value of an answer once the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet
from stagewright_plugins.scoring.batches import opened
from stagewright_plugins.scoring.sheet import Sheet

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Sample:
    """One sample as a request of one row.

    Attributes:
        truth: (H, W) class indices.
        group: what must not be split, such as the scanner; empty where there is none.
    """

    id: str
    inputs: Arrays
    truth: np.ndarray
    group: str


def held_out(data: Dataset, task: Task, most: int, seed: int) -> list[Sample]:
    """At most so many samples of the test split, drawn by seed; the stored picture (uint8) is the request.

    Raises:
        StagewrightError: the task's samples are no pictures, or the split is empty.
    """
    if task.type != "segmentation":
        raise StagewrightError(f"a task of type {task.type!r} cannot be replayed yet; segmentation can")
    rows = opened(data, "test")
    if not len(rows):
        raise StagewrightError("the test split is empty: there is nothing to replay")
    chosen = np.random.default_rng(seed).permutation(len(rows))[:most]
    return [_picture(rows[int(i)]) for i in sorted(chosen)]


def _picture(row: Mapping[str, Any]) -> Sample:
    image = np.asarray(row["input"], dtype=np.uint8)[None]
    return Sample(str(row["id"]), {"image": image}, np.asarray(row["target"]), str(row.get("group") or ""))


class Truth:
    """Metric values of answers; an answer seen before is not scored again."""

    def __init__(self, metrics: MetricSet, task: Task, context: Context) -> None:
        self._sheet = Sheet(metrics, task, context)
        self._known: dict[tuple[str, bytes], dict[str, float]] = {}

    def values(self, sample: Sample, outputs: Arrays) -> dict[str, float]:
        """Every metric's value of this answer, those that exist."""
        probabilities = outputs["probability"]
        key = (sample.id, blake2b(probabilities.tobytes(), digest_size=16).digest())
        if key not in self._known:
            # Not `update` with what the wire gave: it is read only, and torch would warn about it.
            found = self._sheet.update([sample.id], probabilities.copy(), sample.truth[None].astype(np.int64))
            self._known[key] = found[0]
        return self._known[key]


def groups(samples: Sequence[Sample]) -> list[str]:
    """The groups there are."""
    return sorted({sample.group for sample in samples if sample.group})
