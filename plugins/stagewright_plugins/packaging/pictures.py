"""Pictures as the data stage shapes them: what a package must do to a raw one before anything else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image


def resized(image: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """(C, H, W) uint8 at another size (height, width): PIL's bilinear filter, channel by channel."""
    height, width = size
    if image.shape[1:] == (height, width):
        return image
    planes = [Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR) for plane in image]
    return np.stack([np.asarray(plane) for plane in planes])
