"""Parts that the segmentation networks share."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Standardize(nn.Module):
    """Every image to mean 0 and deviation 1: part of the model, so that it travels with it.

    (N, C, H, W) float32 in [0, 1] → the same shape.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Standardise each image over its channels and pixels."""
        mean = images.mean((1, 2, 3), keepdim=True)
        deviation = images.std((1, 2, 3), keepdim=True)
        return (images - mean) / (deviation + 1e-5)


class ConvBlock(nn.Sequential):
    """Convolution, normalisation, ReLU; (N, in, H, W) → (N, out, H, W)."""

    def __init__(self, inside: int, outside: int, norm: str, dilation: int = 1) -> None:
        padding = dilation
        super().__init__(
            nn.Conv2d(inside, outside, 3, padding=padding, dilation=dilation, bias=False),
            normalisation(norm, outside),
            nn.ReLU(inplace=True),
        )


def normalisation(norm: str, channels: int) -> nn.Module:
    """Batch (Ioffe and Szegedy, 2015) or instance normalisation (Ulyanov et al., 2016)."""
    return nn.BatchNorm2d(channels) if norm == "batch" else nn.InstanceNorm2d(channels, affine=True)


def padded(images: torch.Tensor, multiple: int) -> torch.Tensor:
    """Height and width padded to a multiple, at least twice of it, by repeating the border: any size can go in.

    Twice, because normalisation has nothing to normalise where a single pixel is left.
    """
    height, width = images.shape[-2:]
    bottom, right = (max(-edge % multiple, 2 * multiple - edge) for edge in (height, width))
    return functional.pad(images, (0, right, 0, bottom), mode="replicate") if bottom or right else images
