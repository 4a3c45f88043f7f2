"""A translation memory: the most similar source that was translated before, and its translation.

Placeholders are hidden on both sides, so that `Delete %(name)s` finds `Delete %(title)s` and gives a translation with
the asked text's own placeholder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from stagewright.errors import StagewrightError

from . import placeholders

FILE = "memory.json"


@dataclass(frozen=True)
class Match:
    """One remembered pair, placeholders hidden.

    Attributes:
        likeness: of the asked text to its source, 0 to 1: 1 less the share of characters inserted or deleted.
        place: in the memory.
    """

    likeness: float
    source: str
    target: str
    place: int


class Memory:
    """Pairs to be found again; equal likeness goes to the pair that came first."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = [(source, target) for source, target in pairs]
        self._hidden = [_hidden(*pair) for pair in self.pairs]
        self._sources = [source for source, _ in self._hidden]

    @staticmethod
    def from_json(told: Any) -> Memory:
        """From what `to_json` gave."""
        return Memory([(str(source), str(target)) for source, target in told])

    def to_json(self) -> list[list[str]]:
        """All pairs."""
        return [list(pair) for pair in self.pairs]

    @staticmethod
    def read(folder: Path) -> Memory:
        """From `memory.json`; raises StagewrightError where there is none."""
        try:
            return Memory.from_json(json.loads((folder / FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise StagewrightError(f"{folder} has no {FILE}") from None

    def write(self, folder: Path) -> None:
        """Leave `memory.json`."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=0)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    def best(self, text: str, most: int = 1, without: frozenset[int] = frozenset()) -> list[Match]:
        """The most similar pairs, the best first; those at the places `without` are not looked at."""
        if not self._sources:
            return []
        asked, _ = placeholders.masked(text)
        found = process.extract(asked, self._sources, scorer=fuzz.ratio, limit=most + len(without))
        kept = [(score, place) for _, score, place in found if place not in without][:most]
        return [Match(score / 100, *self._hidden[place], place) for score, place in kept]

    def translated(self, text: str) -> tuple[str, float]:
        """The best match's translation with the text's own placeholders, and the likeness; itself and 0 without any."""
        found = self.best(text)
        if not found:
            return text, 0.0
        _, kept = placeholders.masked(text)
        return " ".join(placeholders.restored(found[0].target, kept).split()), found[0].likeness


def _hidden(source: str, target: str) -> tuple[str, str]:
    text, kept = placeholders.masked(source)
    return text, placeholders.masked_like(target, kept)
