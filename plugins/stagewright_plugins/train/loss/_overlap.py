"""Losses over overlap and over single pixels; all ignore the pixels that the task ignores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class SoftDice(nn.Module):
    """1 - Dice of probabilities, averaged over classes."""

    def __init__(self, ignore_index: int | None, smooth: float) -> None:
        super().__init__()
        self.ignore_index, self.smooth = ignore_index, smooth

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar in [0, 1]."""
        probabilities = logits.softmax(1)
        mask = torch.ones_like(probabilities[:, :1])
        if self.ignore_index is not None:
            known = target != self.ignore_index
            target, mask = target.where(known, 0), known.unsqueeze(1).to(probabilities.dtype)
        true = torch.zeros_like(probabilities).scatter_(1, target.unsqueeze(1), mask)
        over = (0, *range(2, logits.ndim))
        shared = (probabilities * true).sum(over)
        both = (probabilities * mask).sum(over) + true.sum(over)
        return 1 - ((2 * shared + self.smooth) / (both + self.smooth)).mean()


class Focal(nn.Module):
    """Cross entropy with easy pixels weighted down by (1 - p) ** gamma."""

    def __init__(self, ignore_index: int | None, gamma: float) -> None:
        super().__init__()
        self.ignore_index, self.gamma = -100 if ignore_index is None else ignore_index, gamma

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar."""
        entropy = functional.cross_entropy(logits, target, ignore_index=self.ignore_index, reduction="none")
        # Held above 0, where a power below 1 has no slope.
        hardness = (-torch.expm1(-entropy)).clamp(min=1e-6)
        weighted = hardness**self.gamma * entropy
        known = (target != self.ignore_index).sum().clamp(min=1)
        return weighted.sum() / known


class Weighted(nn.Module):
    """A weighted sum of losses, modules or plain functions."""

    def __init__(self, parts: Sequence[Loss], weights: Sequence[float]) -> None:
        super().__init__()
        self.parts, self.weights = list(parts), list(weights)
        # Registered, so that what they hold (class weights) moves to the device with them.
        self.modules_of = nn.ModuleList(part for part in parts if isinstance(part, nn.Module))

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar."""
        values = [
            weight * part(logits, target) for part, weight in zip(self.parts, self.weights, strict=True)
        ]
        return torch.stack(values).sum()


def weighted(loss: nn.Module, weight: float) -> nn.Module:
    """The loss times its weight, itself where that is 1."""
    return loss if weight == 1 else Weighted([loss], [weight])


class CrossEntropy(nn.CrossEntropyLoss):
    """Cross entropy, per class weighted where weights are given."""

    def __init__(self, ignore_index: int | None, weights: Sequence[float] | None, smoothing: float) -> None:
        super().__init__(
            weight=torch.tensor(weights) if weights else None,
            ignore_index=-100 if ignore_index is None else ignore_index,
            label_smoothing=smoothing,
            reduction="sum",
        )

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """(N, K, H, W), (N, H, W) → scalar: the weighted mean, 0 where every pixel is ignored (not 0/0)."""
        known = target != self.ignore_index
        counted = known.sum()
        if self.weight is not None:
            counted = (self.weight[target.where(known, 0)] * known).sum()
        return super().forward(logits, target) / torch.where(counted > 0, counted, 1)
