"""Text in, translation out: memory, sub-words, network and search together, as evaluation and package use them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import placeholders
from .feeding import padded, read_along
from .memory import Memory
from .normalising import normalised
from .search import Stepper, searched
from .subwords import Subwords

BATCH = 32  # texts at once in PyTorch, whose numbers do not depend on what stands beside a text
# In ONNX: weights in 8 bits measure their inputs over a whole batch, so neighbours would change a translation (16 of
# 321 of `ui_translation`). One by one costs no more time there.
ALONE = 1


@dataclass(frozen=True)
class Settings:
    """How texts are translated.

    Attributes:
        beam: translations followed at a time.
        memory: likeness from which a remembered translation is read along; None: never.
        longest: characters of a text at most; what is beyond is left out.
    """

    beam: int
    memory: float | None
    longest: int


@dataclass(frozen=True)
class Translation:
    """One translation.

    Attributes:
        confidence: mean probability of a sub-word (geometric), 0 to 1.
        match: likeness of the most similar remembered source, 0 to 1.
    """

    text: str
    confidence: float
    match: float


class Translator:
    """Translates texts, `batch` of them at once; not safe to share between threads (the stepper remembers)."""

    def __init__(
        self, stepper: Stepper, subwords: Subwords, memory: Memory, settings: Settings, batch: int = ALONE
    ) -> None:
        self._stepper, self._subwords, self._memory, self._settings = stepper, subwords, memory, settings
        self._batch = batch

    def __call__(self, texts: Sequence[str]) -> list[Translation]:
        """Translate; the result for a text depends on no other but for rounding."""
        items = [self._read(text) for text in texts]
        order = sorted((i for i, item in enumerate(items) if item[0]), key=lambda i: len(items[i][0]))
        found: list[Translation | None] = [None] * len(items)
        for start in range(0, len(order), self._batch):
            rows = order[start : start + self._batch]
            source = padded([items[i][0] for i in rows])
            said = searched(self._stepper, source, self._settings.beam)
            for i, one in zip(rows, said, strict=True):
                _, kept, match = items[i]
                text = placeholders.restored(self._subwords.decode(one.numbers), kept)
                found[i] = Translation(normalised(text), math.exp(max(one.mean, -50.0)), match)
        return [
            one or Translation("", 1.0, items[i][2]) for i, one in enumerate(found)
        ]  # of nothing, nothing

    def _read(self, text: str) -> tuple[list[int], list[str], float]:
        text = normalised(text)[: self._settings.longest]
        found = self._memory.best(text)
        likeness = found[0].likeness if found else 0.0
        least = self._settings.memory
        match = found[0] if found and least is not None and likeness >= least else None
        return *read_along(self._subwords, text, match), likeness
