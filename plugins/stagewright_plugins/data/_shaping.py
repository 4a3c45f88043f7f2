"""One decoded sample as the task wants it: checked, in 8 bits, at the working size."""

from __future__ import annotations

import numpy as np
from PIL import Image

from stagewright.errors import StagewrightError
from stagewright.stages.data import Sample
from stagewright.stages.framing import Task
from stagewright_plugins.imaging.planes import Bytes, Refused, in_bytes, in_channels


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
        picture = in_channels(_not_blank(in_bytes(np.asarray(sample.input))), self.channels)
        target = self._target(sample.target, picture.shape[1:])
        return np.stack([self._resized(channel, Image.Resampling.BILINEAR) for channel in picture]), (
            self._resized(target, Image.Resampling.NEAREST)
        )

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
            raise Refused(
                "class value",
                f"mask has {shown}; classes are 0 to {self._last_class}, `values` of an image_folder names others",
            )
        return target.astype(np.uint8)

    @property
    def _last_class(self) -> int:
        return int(np.argmin(self.allowed)) - 1

    def _resized(self, plane: Bytes, how: Image.Resampling) -> Bytes:
        height, width = self.size
        if plane.shape == (height, width):
            return np.ascontiguousarray(plane)
        return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((width, height), how))


def _not_blank(picture: Bytes) -> Bytes:
    if (picture == picture.flat[0]).all():
        raise Refused("blank", f"every pixel has the value {int(picture.flat[0])}")
    return picture


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
