"""One decoded sample as the task wants it: checked, in 8 bits, at the working size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stagewright.errors import StagewrightError
from stagewright.stages.data import Sample
from stagewright.stages.framing import Task
from stagewright_plugins.imaging.view import LUMA

from ._refusal import Refused

Bytes = NDArray[np.uint8]


def grey(planes: Bytes) -> Bytes:
    """(C, H, W) as (H, W): the only channel, the luma of three, or the mean of any other number."""
    if len(planes) == 1:
        return planes[0]
    weights = np.float32(LUMA if len(planes) == 3 else [1 / len(planes)] * len(planes))
    return np.tensordot(weights, planes, axes=1).round().astype(np.uint8)


class Shaper:
    """Turns samples into pairs of the task's size.

    Raises:
        StagewrightError: the task's target values do not fit into 8 bits.
    """

    def __init__(self, task: Task) -> None:
        self.channels, *self.size = task.input.shape
        self.allowed = np.zeros(256, dtype=bool)
        if len(task.classes) > 255 or not 0 <= (task.ignore_index or 0) <= 255:
            raise StagewrightError(
                f"framing.task: targets are stored in 8 bits, which cannot hold {len(task.classes)} classes "
                f"with ignore_index {task.ignore_index}; use at most 255 classes and an index from 0 to 255"
            )
        self.allowed[: len(task.classes)] = True
        if task.ignore_index is not None:
            self.allowed[task.ignore_index] = True

    def __call__(self, sample: Sample) -> tuple[Bytes, Bytes]:
        """Input (C, H, W) and target (H, W), both uint8; raises Refused."""
        picture = self._in_channels(_in_bytes(np.asarray(sample.input)))
        target = self._target(sample.target, picture.shape[1:])
        return np.stack([self._resized(channel, Image.Resampling.BILINEAR) for channel in picture]), (
            self._resized(target, Image.Resampling.NEAREST)
        )

    def _in_channels(self, picture: Bytes) -> Bytes:
        """(H, W) or (H, W, C') as (C, H, W): grey is repeated, colour weighted to grey, alpha left out."""
        planes = picture[None] if picture.ndim == 2 else np.moveaxis(picture, -1, 0)
        if len(planes) == self.channels:
            return planes
        if len(planes) in (2, 4):  # the last plane is alpha
            planes = planes[:-1]
        if len(planes) == 3 and self.channels == 1:
            return grey(planes)[None]
        if len(planes) == 1:
            return np.repeat(planes, self.channels, axis=0)
        if len(planes) == self.channels:
            return planes
        raise Refused("channels", f"has {len(planes)} channels, the task wants {self.channels}")

    def _target(self, target: np.ndarray | None, size: tuple[int, ...]) -> Bytes:
        if target is None:
            raise Refused("no mask", "the source has no mask for it")
        target = np.asarray(target)
        if target.shape != size:
            raise Refused("size mismatch", f"mask is {_shape(target.shape)}, picture is {_shape(size)}")
        if target.dtype.kind not in "uib":
            raise Refused("mask type", f"mask values are {target.dtype}, class indices are whole numbers")
        found = np.unique(target)
        wrong = [int(value) for value in found if not 0 <= value <= 255 or not self.allowed[int(value)]]
        if wrong:
            shown = ", ".join(map(str, wrong[:5])) + (", ..." if len(wrong) > 5 else "")
            raise Refused("class value", f"mask has {shown}; classes are 0 to {self._last_class}")
        return target.astype(np.uint8)

    @property
    def _last_class(self) -> int:
        return int(np.argmin(self.allowed)) - 1

    def _resized(self, plane: Bytes, how: Image.Resampling) -> Bytes:
        height, width = self.size
        if plane.shape == (height, width):
            return np.ascontiguousarray(plane)
        return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), how))


def _in_bytes(picture: np.ndarray) -> Bytes:
    """uint8 as it is, float in [0, 1] scaled; raises Refused for anything else."""
    if picture.ndim not in (2, 3) or 0 in picture.shape:
        raise Refused("empty", f"picture is {_shape(picture.shape)}")
    if picture.dtype.kind == "f":
        picture = _scaled(picture)
    elif picture.dtype != np.uint8:
        raise Refused("picture type", f"pixels are {picture.dtype}; uint8, or float in [0, 1], is needed")
    if (picture == picture.flat[0]).all():
        raise Refused("blank", f"every pixel has the value {int(picture.flat[0])}")
    return picture


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
