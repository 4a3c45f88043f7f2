"""One split of a dataset, read in order, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset


@dataclass(frozen=True)
class Batch:
    """Samples in the order of the split.

    Attributes:
        ids: names of the N samples.
        inputs: (N, C, H, W) float32 in [0, 1].
        targets: (N, H, W) int64.
    """

    ids: list[str]
    inputs: np.ndarray
    targets: np.ndarray


def batches(data: Dataset, split: str, size: int = 32) -> Iterator[Batch]:
    """Read a split; memory holds one batch."""
    rows = opened(data, split)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        inputs = np.asarray(part["input"], dtype=np.float32) / 255
        yield Batch([str(name) for name in part["id"]], inputs, np.asarray(part["target"]).astype(np.int64))


def opened(data: Dataset, split: str):  # type: ignore[no-untyped-def]  # a datasets.Dataset, imported inside
    """The split as a `datasets.Dataset` of numpy rows; raises StagewrightError where there is none."""
    from datasets import load_from_disk

    folder = data.path / "splits" / split
    if not folder.is_dir():
        raise StagewrightError(f"the dataset in {data.path} has no split {split!r}")
    return load_from_disk(str(folder)).with_format("numpy")


def groups(data: Dataset, split: str) -> dict[str, str]:
    """The group of every sample of a split; empty where the source names no groups."""
    if not data.group:
        return {}
    rows = opened(data, split)
    return dict(zip(map(str, rows["id"]), map(str, rows["group"]), strict=True))
