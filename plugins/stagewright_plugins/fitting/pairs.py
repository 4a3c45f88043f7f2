"""Parallel texts dealt out in batches of similar length, with remembered translations to read along.

Drawn anew in every epoch: the order, and which remembered translation a text is given, so that a network learns to
use a good one and to do without. All randomness follows from (seed, epoch).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from stagewright.errors import StepError
from stagewright.stages.data import Dataset
from stagewright_plugins.texts import placeholders
from stagewright_plugins.texts.feeding import padded, read_along
from stagewright_plugins.texts.memory import Match
from stagewright_plugins.texts.numbers import BEGIN, END
from stagewright_plugins.texts.reading import Pairs, memory, read
from stagewright_plugins.texts.subwords import Subwords

from .loading import LAYERS, ORDER, mixed

Batch = tuple[tuple[torch.Tensor, torch.Tensor], torch.Tensor]
BUCKET = 8  # sub-words of difference that count as equal length
REMEMBERED = 3  # translations that a text may be given while training
BEST, NONE = 0.7, 0.1  # shares of texts that are given the best, and none; the rest any of the remembered


class PairLoader:
    """Iterable over batches ((source (N, S), before (N, T)), after (N, T)) int64.

    Attributes:
        pairs: the split.
    """

    def __init__(
        self,
        data: Dataset,
        split: str,
        least: float | None,
        batch_size: int,
        seed: int = 0,
        shuffle: bool = False,
    ) -> None:
        """`least` is the likeness from which a remembered translation is read along; None: never.

        Raises:
            StepError: the split is empty.
        """
        if not data.counts.get(split):
            raise StepError(f"the {split} split is empty: widen data.split or bring more samples")
        self.pairs = read(data, split)
        self.subwords = Subwords.read(data.path)
        self.batch_size, self.seed, self.shuffle, self.epoch = batch_size, seed, shuffle, 0
        self._targets = [
            self._target(*pair) for pair in zip(self.pairs.texts, self.pairs.targets, strict=True)
        ]
        self._matches = (
            [[] for _ in self.pairs.ids] if least is None else _matches(data, self.pairs, split, least)
        )

    def start(self, epoch: int) -> None:
        """Deal out this epoch from now on; layers that draw (dropout) draw what belongs to it."""
        self.epoch = epoch
        torch.manual_seed(mixed(self.seed, LAYERS, epoch))

    def __len__(self) -> int:
        return math.ceil(len(self.pairs) / self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        random = np.random.default_rng([self.seed, ORDER, self.epoch])
        sources = [self._source(row, random) for row in range(len(self.pairs))]
        order = random.permutation(len(sources)) if self.shuffle else np.arange(len(sources))
        # Of similar length together, so that little is filled up; in which order batches come is drawn again.
        order = sorted(order, key=lambda row: (len(sources[row]) + len(self._targets[row])) // BUCKET)
        batches = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        for at in random.permutation(len(batches)) if self.shuffle else range(len(batches)):
            rows = batches[at]
            before = padded([[BEGIN, *self._targets[row]] for row in rows])
            after = padded([[*self._targets[row], END] for row in rows])
            source = padded([sources[row] for row in rows])
            yield (torch.from_numpy(source), torch.from_numpy(before)), torch.from_numpy(after)

    def _source(self, row: int, random: np.random.Generator) -> list[int]:
        matches = self._matches[row]
        match = matches[0] if matches else None
        if self.shuffle and matches:
            drawn = random.random()
            if drawn >= BEST:
                match = None if drawn >= 1 - NONE else matches[int(random.integers(len(matches)))]
        return read_along(self.subwords, self.pairs.texts[row], match)[0]

    def _target(self, text: str, target: str) -> list[int]:
        _, kept = placeholders.masked(text)
        return self.subwords.encode(placeholders.masked_like(target, kept))


def _matches(data: Dataset, pairs: Pairs, split: str, least: float) -> list[list[Match]]:
    """What is remembered for each text; of the train split without its own group, as it is for texts never seen."""
    kept = memory(data)
    own: Sequence[frozenset[int]] = [frozenset()] * len(pairs)
    if split == "train":
        together = defaultdict(set)
        for place, group in enumerate(pairs.groups):
            together[group].add(place)
        own = [frozenset(together[group]) for group in pairs.groups]
    most = REMEMBERED if split == "train" else 1
    found = (kept.best(text, most, without) for text, without in zip(pairs.texts, own, strict=True))
    return [[match for match in matches if match.likeness >= least] for matches in found]
