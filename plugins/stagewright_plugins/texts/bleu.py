"""BLEU of texts: n-grams counted by torchmetrics, put together by sacreBLEU, so that it is the number of its command.

Papineni et al., 2002; Post, 2018, arXiv:1804.08771. The counts of texts add up, so the value over any weighting of
texts is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from sacrebleu.metrics import BLEU
from torchmetrics.text import SacreBLEUScore

ORDER = 4


class Bleu(SacreBLEUScore):
    """Takes one hypothesis and one reference per text; gives 0 to 100."""

    def __init__(self, tokenize: str) -> None:
        super().__init__(n_gram=ORDER, tokenize=tokenize)
        self.tokenize = tokenize

    def update(self, hypotheses: Sequence[str], references: Sequence[str]) -> None:
        """Add texts."""
        super().update(list(hypotheses), [[text] for text in references])

    def compute(self) -> torch.Tensor:
        """The corpus's BLEU; an order without any match is smoothed as sacreBLEU does (`exp`)."""
        found = BLEU.compute_bleu(
            correct=[round(float(count)) for count in self.numerator],
            total=[round(float(count)) for count in self.denominator],
            sys_len=round(float(self.preds_len)),
            ref_len=round(float(self.target_len)),
            smooth_method="exp",
        )
        return torch.tensor(found.score, dtype=torch.float64)


def signature(tokenize: str) -> str:
    """How the value came about, in sacreBLEU's words: `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0`."""
    metric = BLEU(tokenize=tokenize)
    metric.corpus_score(["a"], [["a"]])  # the number of references is known once something was scored
    return str(metric.get_signature())
