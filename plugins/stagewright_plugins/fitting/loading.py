"""Samples of one split in memory, dealt out in batches: shuffled and changed anew in every epoch.

All randomness follows from (seed, epoch, sample), so an epoch after a resume is the epoch it would have been.
What draws from it (order, changes, dropout) has a stream of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stagewright.errors import StepError
from stagewright.stages.data import Dataset
from stagewright.stages.train import Augment

Pair = tuple[torch.Tensor, torch.Tensor]
ORDER, CHANGES, LAYERS = range(3)  # streams of random numbers
ROWS = 256  # read at once


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

    def start(self, epoch: int) -> None:
        """Deal out this epoch from now on; layers that draw (dropout) draw what belongs to it."""
        self.epoch = epoch
        torch.manual_seed(mixed(self.seed, LAYERS, epoch))

    def __len__(self) -> int:
        return math.ceil(len(self.inputs) / self.batch_size)

    def __iter__(self) -> Iterator[Pair]:
        order = torch.arange(len(self.inputs))
        if self.shuffle:
            order = torch.randperm(len(self.inputs), generator=_generator(self.seed, ORDER, self.epoch))
        for start in range(0, len(order), self.batch_size):
            yield self._batch(order[start : start + self.batch_size])

    def _batch(self, rows: torch.Tensor) -> Pair:
        inputs, targets = self.inputs[rows].float().div_(255), self.targets[rows].long()
        if not self.augment:
            return inputs, targets
        changed = [self._changed(inputs[i], targets[i], int(row)) for i, row in enumerate(rows)]
        return torch.stack([one for one, _ in changed]), torch.stack([true for _, true in changed])

    def _changed(self, one: torch.Tensor, true: torch.Tensor, row: int) -> Pair:
        generator = _generator(self.seed, CHANGES, self.epoch, row)
        for change in self.augment:
            one, true = change(one, true, generator)
        return one, true


def in_memory(data: Dataset, split: str) -> Pair:
    """A split as tensors: inputs (N, C, H, W) uint8, targets (N, H, W) uint8.

    Raises:
        StepError: the split is empty.
    """
    from stagewright_plugins.scoring.batches import opened

    if not data.counts.get(split):
        raise StepError(f"the {split} split is empty: widen data.split or bring more samples")
    rows = opened(data, split)
    read = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
    inputs, targets = (
        np.concatenate([np.asarray(part[name], dtype=np.uint8) for part in read])
        for name in ("input", "target")
    )
    return torch.from_numpy(inputs), torch.from_numpy(targets)


def mixed(*words: int) -> int:
    """A seed for each tuple of words, well mixed (numpy's SeedSequence)."""
    return int(np.random.SeedSequence(words).generate_state(1, dtype=np.uint64)[0]) & 0x7FFF_FFFF_FFFF_FFFF


def _generator(*words: int) -> torch.Generator:
    return torch.Generator().manual_seed(mixed(*words))
