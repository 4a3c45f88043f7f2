"""A decoded picture as planes of 8 bits: the same for training and for whoever asks the finished model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .view import LUMA

Bytes = NDArray[np.uint8]


class Refused(Exception):
    """Raised where a sample fails a check: `reason` is one of few words, `detail` says what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


def grey(planes: Bytes) -> Bytes:
    """(C, H, W) as (H, W): the only channel, the luma of three, or the mean of any other number."""
    if len(planes) == 1:
        return planes[0]
    weights = np.float32(LUMA if len(planes) == 3 else [1 / len(planes)] * len(planes))
    return np.tensordot(weights, planes, axes=1).round().astype(np.uint8)


def in_bytes(picture: np.ndarray) -> Bytes:
    """uint8 as it is, float in [0, 1] scaled; raises Refused for anything else."""
    if picture.ndim not in (2, 3) or 0 in picture.shape:
        raise Refused("empty", f"picture is {_shape(picture.shape)}")
    if picture.dtype.kind == "f":
        return _scaled(picture)
    if picture.dtype != np.uint8:
        raise Refused("picture type", f"pixels are {picture.dtype}; uint8, or float in [0, 1], is needed")
    return picture


def in_channels(picture: Bytes, channels: int) -> Bytes:
    """(H, W) or (H, W, C') as (C, H, W): grey is repeated, colour weighted to grey, alpha left out.

    Raises:
        Refused: the picture has another number of channels, and none of these ways leads to `channels`.
    """
    planes = picture[None] if picture.ndim == 2 else np.moveaxis(picture, -1, 0)
    if len(planes) == channels:
        return planes
    if len(planes) in (2, 4):  # the last plane is alpha
        planes = planes[:-1]
    if len(planes) == 3 and channels == 1:
        return grey(planes)[None]
    if len(planes) == 1:
        return np.repeat(planes, channels, axis=0)
    if len(planes) == channels:
        return planes
    raise Refused("channels", f"has {len(planes)} channels, the task wants {channels}")


def _scaled(picture: np.ndarray) -> Bytes:
    if not np.isfinite(picture).all():
        count = int((~np.isfinite(picture)).sum())
        raise Refused("not a number", f"{count} of {picture.size} pixel values are NaN or infinite")
    low, high = float(picture.min()), float(picture.max())
    if low < 0 or high > 1:
        raise Refused("out of range", f"pixels reach from {low:.4g} to {high:.4g}; [0, 1] is needed")
    return (picture * 255).round().astype(np.uint8)


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
