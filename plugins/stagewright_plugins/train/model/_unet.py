"""The U-Net itself."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from ._blocks import ConvBlock, Standardize, padded


class UNet(nn.Module):
    """Contracting and expanding path with skips; (N, C, H, W) float32 → (N, K, H, W) logits."""

    def __init__(
        self, channels: int, classes: int, width: int, depth: int, norm: str, dropout: float
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        self.standardize = Standardize()
        self.down = nn.ModuleList(
            _twice(i, o, norm) for i, o in zip([channels, *widths], widths, strict=False)
        )
        self.shrink = nn.ModuleList(nn.Conv2d(2 * o, o, 1) for o in reversed(widths[:-1]))
        self.up = nn.ModuleList(_twice(2 * o, o, norm) for o in reversed(widths[:-1]))
        self.dropout = nn.Dropout2d(dropout)
        self.head = nn.Conv2d(width, classes, 1)
        self.multiple = 2**depth

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits at the input's own height and width."""
        height, width = images.shape[-2:]
        features, skips = padded(self.standardize(images), self.multiple), []
        for level, block in enumerate(self.down):
            features = block(features if level == 0 else functional.max_pool2d(features, 2))
            skips.append(features)
        features = self.dropout(skips.pop())
        for shrink, block in zip(self.shrink, self.up, strict=True):
            wide = functional.interpolate(shrink(features), scale_factor=2, mode="bilinear")
            features = block(torch.cat([skips.pop(), wide], dim=1))
        logits: torch.Tensor = self.head(features)
        return logits[..., :height, :width]


def _twice(inside: int, outside: int, norm: str) -> nn.Sequential:
    return nn.Sequential(ConvBlock(inside, outside, norm), ConvBlock(outside, outside, norm))
