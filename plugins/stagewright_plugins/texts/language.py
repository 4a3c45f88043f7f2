"""Which of two languages a text is in: character trigrams of both sides of the parallel texts themselves.

Naive Bayes over character n-grams (Cavnar and Trenkle, 1994; Dunning, 1994). What a pair itself adds is taken out
before it is judged, so a text does not testify for itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .normalising import words

SIZE = 3
SMOOTHING = 0.5


@dataclass(frozen=True)
class Profiles:
    """Trigram counts of the source and of the target language."""

    source: Counter[str]
    target: Counter[str]

    @staticmethod
    def learned(pairs: Iterable[tuple[str, str]]) -> Profiles:
        """Count both sides of (source, target) pairs."""
        source: Counter[str] = Counter()
        target: Counter[str] = Counter()
        for one, other in pairs:
            source.update(trigrams(one))
            target.update(trigrams(other))
        return Profiles(source, target)

    def mismatch(self, source: str, target: str) -> float:
        """Mean log-odds per trigram, in nats, that the target of this pair is in the source's language.

        0 where the target has no letters.
        """
        own = trigrams(target)
        if not own:
            return 0.0
        own_source, own_target = Counter(trigrams(source)), Counter(own)
        source_size, target_size, known = self._sizes

        def log_share(counts: Counter[str], mine: Counter[str], size: int, gram: str) -> float:
            left = max(0, counts[gram] - mine[gram]) + SMOOTHING
            return math.log(left / (max(0, size - mine.total()) + SMOOTHING * known))

        odds = (
            log_share(self.source, own_source, source_size, gram)
            - log_share(self.target, own_target, target_size, gram)
            for gram in own
        )
        return sum(odds) / len(own)

    @cached_property
    def _sizes(self) -> tuple[int, int, int]:
        """Trigrams of the source, of the target, and how many different ones there can be."""
        known = len(self.source.keys() | self.target.keys()) + 1
        return self.source.total(), self.target.total(), known


def trigrams(text: str) -> list[str]:
    """Character trigrams of each word with a blank on both sides."""
    found = []
    for word in words(text):
        padded = f" {word} "
        found += [padded[i : i + SIZE] for i in range(len(padded) - SIZE + 1)]
    return found
