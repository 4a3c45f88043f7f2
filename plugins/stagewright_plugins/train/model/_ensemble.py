"""Members and what combines them, as one module: it is exported, distilled and served like any other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from stagewright.errors import StagewrightError
from stagewright_plugins.ensembling.combination import TINY


class Ensemble(nn.Module):
    """Log of the weighted mean of the members' probabilities; with `stacking`, a logistic model over their logs.

    Args:
        members: each (N, C, ...) → logits (N, K, ...).
        weights: (M,), scaled to sum to 1; equal if None.
        stacking: scale (M, K) and bias (K,).
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        weights: Sequence[float] | None = None,
        stacking: tuple[Sequence[Sequence[float]], Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        shares = weights or [1.0] * len(members)
        if len(shares) != len(members) or not sum(shares):
            raise StagewrightError(
                f"{len(members)} members need a weight each, and one above 0; got {list(shares)}"
            )
        if stacking and len(stacking[0]) != len(members):
            raise StagewrightError(f"stacking has {len(stacking[0])} rows for {len(members)} members")
        self.shares = [share / sum(shares) for share in shares]
        self.stacking = stacking

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(N, C, ...) float32 → logits (N, K, ...)."""
        logits = [member(inputs).float() for member in self.members]
        if self.stacking is None:
            means = [share * each.softmax(1) for share, each in zip(self.shares, logits, strict=True)]
            return torch.stack(means).sum(0).clamp_min(TINY).log()
        scale, bias = self.stacking
        parts = [
            _over(one, each) * each.log_softmax(1).clamp_min(_LEAST)
            for one, each in zip(scale, logits, strict=True)
        ]
        return torch.stack(parts).sum(0) + _over(bias, logits[0])


_LEAST = float(torch.tensor(TINY).log())


def _over(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    """(K,) so that it meets (N, K, ...)."""
    return like.new_tensor(list(values)).reshape(1, -1, *([1] * (like.ndim - 2)))
