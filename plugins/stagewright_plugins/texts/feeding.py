"""What a translating network reads: the text's sub-words, and behind a separator those of a remembered translation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from . import placeholders
from .memory import Match
from .numbers import PAD, SEPARATOR
from .subwords import Subwords

Numbers = NDArray[np.int64]


def read_along(subwords: Subwords, text: str, match: Match | None) -> tuple[list[int], list[str]]:
    """The numbers of a text with its placeholders hidden, and what was hidden."""
    hidden, kept = placeholders.masked(text)
    numbers = subwords.encode(hidden)
    if match is not None:
        numbers = [*numbers, SEPARATOR, *subwords.encode(match.target)]
    return numbers, kept


def padded(rows: Sequence[Sequence[int]]) -> Numbers:
    """Rows of different length as one array (N, longest), filled up with `PAD`; at least one wide."""
    made = np.full((len(rows), max(1, *(len(row) for row in rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        made[i, : len(row)] = row
    return made
