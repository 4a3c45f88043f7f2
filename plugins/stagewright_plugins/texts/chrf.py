"""chrF of texts, the number that the command `sacrebleu --metrics chrf` gives.

F-score of mean precision and mean recall over character n-grams up to 6, white space left out, recall counted twice
(Popović, 2015; 2017, doi:10.18653/v1/W17-4770). Own counts: torchmetrics' CHRFScore leaves the references of texts
without any match out, which makes bad translations look better.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from torchmetrics import Metric

BETA = 2.0
CHARACTERS = 6


class Chrf(Metric):
    """Takes one hypothesis and one reference per text; gives 0 to 100. Its counts add up over texts."""

    full_state_update = False
    matched: torch.Tensor
    said: torch.Tensor
    true: torch.Tensor

    def __init__(self, words: int = 0) -> None:
        super().__init__()
        self.words = words
        for name in ("matched", "said", "true"):
            zeros = torch.zeros(CHARACTERS + words, dtype=torch.float64)
            self.add_state(name, zeros, dist_reduce_fx="sum")

    def update(self, hypotheses: Sequence[str], references: Sequence[str]) -> None:
        """Add texts."""
        for hypothesis, reference in zip(hypotheses, references, strict=True):
            pairs = zip(self._grams(hypothesis), self._grams(reference), strict=True)
            for i, (one, other) in enumerate(pairs):
                self.matched[i] += (one & other).total()
                # As sacreBLEU: n-grams said count where the reference is long enough to have any.
                self.said[i] += one.total() if other else 0
                self.true[i] += other.total()

    def compute(self) -> torch.Tensor:
        """The corpus's chrF; orders that all hypotheses or references are too short for are not counted."""
        there = (self.said > 0) & (self.true > 0)
        if not there.any():
            return torch.tensor(0.0, dtype=torch.float64)
        precision = (self.matched[there] / self.said[there]).mean()
        recall = (self.matched[there] / self.true[there]).mean()
        below = BETA**2 * precision + recall
        return 100 * (1 + BETA**2) * precision * recall / below if below else below

    def _grams(self, text: str) -> Iterator[Counter[str]]:
        letters = "".join(text.split())
        for n in range(1, CHARACTERS + 1):
            yield Counter(letters[i : i + n] for i in range(len(letters) - n + 1))
        words = _words(text) if self.words else []
        for n in range(1, self.words + 1):
            yield Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))


def _words(text: str) -> list[str]:
    """Words, with one punctuation mark at an end as a word of its own."""
    found: list[str] = []
    for word in text.split():
        if len(word) > 1 and word[-1] in string.punctuation:
            found += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in string.punctuation:
            found += [word[0], word[1:]]
        else:
            found.append(word)
    return found
