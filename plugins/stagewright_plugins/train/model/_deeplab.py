"""The DeepLab-like network itself."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from ._blocks import ConvBlock, Standardize, normalisation, padded

RATES = (1, 2, 4)


class DeepLab(nn.Module):
    """Strided stem, parallel dilated convolutions and global context, one skip; logits at input size."""

    def __init__(self, channels: int, classes: int, width: int, norm: str) -> None:
        super().__init__()
        self.standardize = Standardize()
        self.fine = nn.Sequential(ConvBlock(channels, width, norm), ConvBlock(width, width, norm))
        self.stem = nn.Sequential(
            nn.MaxPool2d(2), ConvBlock(width, 2 * width, norm), ConvBlock(2 * width, 2 * width, norm),
            nn.MaxPool2d(2), ConvBlock(2 * width, 4 * width, norm), ConvBlock(4 * width, 4 * width, norm, 2),
        )  # fmt: skip
        self.branches = nn.ModuleList(ConvBlock(4 * width, 2 * width, norm, rate) for rate in RATES)
        self.context = nn.Conv2d(4 * width, 2 * width, 1)
        self.join = nn.Sequential(
            nn.Conv2d(2 * width * (len(RATES) + 1), 2 * width, 1, bias=False),
            normalisation(norm, 2 * width),
            nn.ReLU(inplace=True),
        )
        self.decode = nn.Sequential(ConvBlock(3 * width, width, norm), nn.Conv2d(width, classes, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) float32 → (N, K, H, W) logits."""
        height, width = images.shape[-2:]
        fine = self.fine(padded(self.standardize(images), 4))
        deep = self.stem(fine)
        whole = self.context(deep.mean((2, 3), keepdim=True)).expand(-1, -1, *deep.shape[-2:])
        joined = self.join(torch.cat([*(branch(deep) for branch in self.branches), whole], dim=1))
        wide = functional.interpolate(joined, scale_factor=4, mode="bilinear")
        logits: torch.Tensor = self.decode(torch.cat([fine, wide], dim=1))
        return logits[..., :height, :width]
