"""Samples of one split in memory, dealt out in batches: shuffled and changed anew in every epoch.

All randomness follows from (seed, epoch, sample), so an epoch after a resume is the epoch it would have been.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stagewright.stages.data import Dataset
from stagewright.stages.train import Augment

Pair = tuple[torch.Tensor, torch.Tensor]


class Loader:
    """Iterable over batches: inputs (N, C, H, W) float32 in [0, 1], targets (N, H, W) int64."""

    def __init__(
        self,
        pair: Pair,
        batch_size: int,
        seed: int = 0,
        augment: Sequence[Augment] = (),
        shuffle: bool = False,
    ) -> None:
        self.inputs, self.targets = pair
        self.batch_size, self.seed, self.augment, self.shuffle = batch_size, seed, augment, shuffle
        self.epoch = 0

    def __len__(self) -> int:
        return math.ceil(len(self.inputs) / self.batch_size)

    def __iter__(self) -> Iterator[Pair]:
        order = torch.arange(len(self.inputs))
        if self.shuffle:
            order = torch.randperm(len(self.inputs), generator=_generator(self.seed, self.epoch))
        for start in range(0, len(order), self.batch_size):
            yield self._batch(order[start : start + self.batch_size])

    def _batch(self, rows: torch.Tensor) -> Pair:
        inputs, targets = self.inputs[rows].float().div_(255), self.targets[rows].long()
        if not self.augment:
            return inputs, targets
        changed = [self._changed(inputs[i], targets[i], int(row)) for i, row in enumerate(rows)]
        return torch.stack([one for one, _ in changed]), torch.stack([true for _, true in changed])

    def _changed(self, one: torch.Tensor, true: torch.Tensor, row: int) -> Pair:
        generator = _generator(self.seed, self.epoch, row)
        for change in self.augment:
            one, true = change(one, true, generator)
        return one, true


def in_memory(data: Dataset, split: str) -> Pair:
    """A split as tensors: inputs (N, C, H, W) uint8, targets (N, H, W) uint8."""
    from datasets import load_from_disk

    rows = load_from_disk(str(data.path / "splits" / split)).with_format("numpy")
    inputs = [np.asarray(rows[i : i + 256]["input"], dtype=np.uint8) for i in range(0, len(rows), 256)]
    targets = [np.asarray(rows[i : i + 256]["target"], dtype=np.uint8) for i in range(0, len(rows), 256)]
    return torch.from_numpy(np.concatenate(inputs)), torch.from_numpy(np.concatenate(targets))


def _generator(*words: int) -> torch.Generator:
    """A generator of its own for each tuple of words, well mixed (numpy's SeedSequence)."""
    state = np.random.SeedSequence(words).generate_state(1, dtype=np.uint64)[0]
    return torch.Generator().manual_seed(int(state) & 0x7FFF_FFFF_FFFF_FFFF)
