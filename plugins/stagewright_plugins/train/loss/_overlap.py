"""Losses over overlap and over single pixels; all ignore the pixels that the task ignores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class SoftDice(nn.Module):
    """1 - Dice of probabilities, averaged over classes."""

    def __init__(self, ignore_index: int | None, smooth: float) -> None:
        super().__init__()
        self.ignore_index, self.smooth = ignore_index, smooth

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar in [0, 1]."""
        probabilities = logits.softmax(1)
        known = torch.ones_like(target, dtype=torch.bool)
        if self.ignore_index is not None:
            known = target != self.ignore_index
        true = functional.one_hot(target.where(known, 0), logits.shape[1]).movedim(-1, 1)
        mask = known.unsqueeze(1)
        probabilities, true = probabilities * mask, true * mask
        over = (0, *range(2, logits.ndim))
        shared = (probabilities * true).sum(over)
        both = probabilities.sum(over) + true.sum(over)
        return 1 - ((2 * shared + self.smooth) / (both + self.smooth)).mean()


class Focal(nn.Module):
    """Cross entropy with easy pixels weighted down by (1 - p) ** gamma."""

    def __init__(self, ignore_index: int | None, gamma: float) -> None:
        super().__init__()
        self.ignore_index, self.gamma = -100 if ignore_index is None else ignore_index, gamma

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar."""
        entropy = functional.cross_entropy(logits, target, ignore_index=self.ignore_index, reduction="none")
        weighted = (1 - torch.exp(-entropy)) ** self.gamma * entropy
        known = (target != self.ignore_index).sum().clamp(min=1)
        return weighted.sum() / known


class Weighted(nn.Module):
    """A weighted sum of losses."""

    def __init__(self, parts: Sequence[nn.Module], weights: Sequence[float]) -> None:
        super().__init__()
        self.parts, self.weights = nn.ModuleList(parts), list(weights)

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar."""
        values = [
            weight * part(logits, target) for part, weight in zip(self.parts, self.weights, strict=True)
        ]
        return torch.stack(values).sum()


class CrossEntropy(nn.CrossEntropyLoss):
    """Cross entropy, per class weighted where weights are given."""

    def __init__(self, ignore_index: int | None, weights: Sequence[float] | None, smoothing: float) -> None:
        super().__init__(
            weight=torch.tensor(weights) if weights else None,
            ignore_index=-100 if ignore_index is None else ignore_index,
            label_smoothing=smoothing,
        )
