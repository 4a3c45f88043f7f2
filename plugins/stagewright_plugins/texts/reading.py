"""One split of parallel texts in memory."""

from __future__ import annotations

from dataclasses import dataclass

from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset

from .memory import Memory


@dataclass(frozen=True)
class Pairs:
    """Samples in the order of the split."""

    ids: list[str]
    texts: list[str]
    targets: list[str]
    groups: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, most: int | None) -> Pairs:
        """At most so many of them."""
        return Pairs(self.ids[:most], self.texts[:most], self.targets[:most], self.groups[:most])


def read(data: Dataset, split: str) -> Pairs:
    """Read a split; raises StagewrightError where the data is no parallel text."""
    from datasets import load_from_disk

    if data.modality != "text":
        raise StagewrightError(f"parallel texts are needed, the data is {data.modality}")
    rows = load_from_disk(str(data.path / "splits" / split))
    return Pairs(*(list(map(str, rows[name])) for name in ("id", "text", "target", "group")))


def memory(data: Dataset) -> Memory:
    """The train split as a translation memory."""
    train = read(data, "train")
    return Memory(list(zip(train.texts, train.targets, strict=True)))
