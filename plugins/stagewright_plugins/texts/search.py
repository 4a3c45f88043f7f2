"""From next sub-words to whole translations: beam search over many texts at once, greedy where the beam is 1.

Scores are mean log-probabilities, so that short translations have no advantage (Wu et al., 2016, arXiv:1609.08144,
with an exponent of 1). A text is done when nothing still open could overtake its best translation.

Every placeholder of the source is said exactly as often as the source has it (Hokamp and Liu, 2017, arXiv:1704.07138,
in its simplest form): one that is used up cannot be said again, and nothing ends before all were said. A message whose
placeholder is lost breaks the program that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .feeding import Numbers
from .numbers import BEGIN, END, FIRST_MARK, PAD, SEPARATOR, UNKNOWN
from .placeholders import MOST

Floats = NDArray[np.float32]
NEVER = -1e9
LEAST = -50.0  # of an end that is forced
UNSAID = [PAD, BEGIN, SEPARATOR, UNKNOWN]


class Stepper(Protocol):
    """A network at work on a batch of sources; it remembers what was said so far."""

    def start(self, source: Numbers, times: int) -> None:
        """Read the sources, (N, S); each is worked on in so many rows side by side."""
        ...

    def step(self, tokens: Numbers) -> Floats:
        """Say one more, (N,); gives log-probabilities of the next, (N, V)."""
        ...

    def pick(self, rows: Numbers) -> None:
        """Go on with what these rows have said; each is a row of the same source as the one in its place."""
        ...


@dataclass(frozen=True)
class Found:
    """One translation: its numbers, and the mean log-probability of each, its end included."""

    numbers: list[int]
    mean: float


def searched(stepper: Stepper, source: Numbers, beam: int) -> list[Found]:
    """Translations of a batch of sources (N, S); each may have twice as many sub-words as its source, and 8."""
    beams = _Beams(source, beam)
    stepper.start(source, beam)
    for length in range(1, int(beams.most.max()) + 1):
        rows = beams.grown(stepper.step(beams.last), length)
        if rows is None:
            break
        stepper.pick(rows)
    return beams.best


class _Beams:
    """What was said so far: `beam` rows for each of N sources, the best first.

    Attributes:
        most: sub-words of a translation at most, (N,).
        last: the last number of every row, (N * beam,).
        best: the best translation that has ended, per source.
    """

    def __init__(self, source: Numbers, beam: int) -> None:
        self.count, self.beam = len(source), beam
        self.most = 2 * (source != PAD).sum(1) + 8
        self.last = np.full(self.count * beam, BEGIN, dtype=np.int64)
        self.best = [Found([], NEVER)] * self.count
        self._said = np.zeros((self.count * beam, 0), dtype=np.int64)
        self._left = np.repeat(_marks(source), beam, axis=0)
        # All rows of a source begin alike: only the first may be gone on with.
        self._totals = np.tile(np.where(np.arange(beam) == 0, 0.0, NEVER), (self.count, 1))

    def grown(self, logs: Floats, length: int) -> Numbers | None:
        """Say one more; gives the row that each row goes on from, or None when all have ended."""
        values, rows, tokens = self._candidates(self._allowed(logs, length))
        # A row that goes on from nothing stays where it is.
        chosen = np.arange(self.count * self.beam).reshape(self.count, self.beam)
        last = np.full((self.count, self.beam), END, dtype=np.int64)
        totals = np.full((self.count, self.beam), NEVER)
        for i in range(self.count):
            open_ = 0
            for value, row, token in zip(values[i], rows[i], tokens[i], strict=True):
                if value <= NEVER / 2 or open_ == self.beam:
                    break
                if token == END:
                    self._ended(i, i * self.beam + row, value / length)
                else:
                    chosen[i, open_], last[i, open_], totals[i, open_] = i * self.beam + row, token, value
                    open_ += 1
            # The best open one can at most stay as likely as it is while it grows.
            if totals[i, 0] / self.most[i] <= self.best[i].mean:
                totals[i] = NEVER
        if (totals <= NEVER / 2).all():
            return None
        self._go_on(chosen.ravel(), last.ravel(), totals)
        return chosen.ravel()

    def _allowed(self, logs: Floats, length: int) -> Floats:
        """Log-probabilities of what may be said next, (N, beam, V)."""
        logs = logs.astype(np.float64)
        logs[:, UNSAID] = NEVER
        marks = logs[:, FIRST_MARK : FIRST_MARK + MOST]
        marks[self._left[:, : marks.shape[1]] == 0] = NEVER
        owed = self._left.sum(1)
        logs[owed > 0, END] = NEVER
        room = np.repeat(self.most, self.beam) - length
        hurry = (owed > 0) & (owed >= room)  # only placeholders fit in any more
        logs[hurry, FIRST_MARK + MOST :] = NEVER
        over = room <= 0  # what is not done by now ends here
        logs[over] = np.where(np.arange(logs.shape[1]) == END, np.maximum(logs[over], LEAST), NEVER)
        return logs.reshape(self.count, self.beam, -1)

    def _candidates(self, logs: Floats) -> tuple[Floats, Numbers, Numbers]:
        """The best ways to go on per source, the best first: totals, rows among the beam, numbers."""
        flat = (self._totals[:, :, None] + logs).reshape(self.count, -1)
        wide = min(2 * self.beam, flat.shape[1])  # enough to fill the beam even where half of them end
        top = np.argpartition(-flat, wide - 1, axis=1)[:, :wide]
        values = np.take_along_axis(flat, top, 1)
        order = np.lexsort((top, -values), axis=1)
        top, values = np.take_along_axis(top, order, 1), np.take_along_axis(values, order, 1)
        return values, top // logs.shape[2], top % logs.shape[2]

    def _ended(self, source: int, row: int, mean: float) -> None:
        if mean > self.best[source].mean:
            self.best[source] = Found(self._said[row].tolist(), float(mean))

    def _go_on(self, rows: Numbers, last: Numbers, totals: Floats) -> None:
        self.last, self._totals = last, totals
        self._said = np.concatenate([self._said[rows], last[:, None]], axis=1)
        self._left = self._left[rows]
        used = last - FIRST_MARK
        marked = (used >= 0) & (used < MOST)
        self._left[marked, used[marked]] -= 1


def _marks(source: Numbers) -> Numbers:
    """How often each mark stands in the source itself, not in what is read along, (N, MOST)."""
    own = np.cumsum(source == SEPARATOR, axis=1) == 0
    return np.stack([((source == FIRST_MARK + i) & own).sum(1) for i in range(MOST)], axis=1)
