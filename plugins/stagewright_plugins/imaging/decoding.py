"""Picture files as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps


def picture(path: Path | BinaryIO) -> NDArray[np.uint8] | NDArray[np.float32]:
    """(H, W) or (H, W, 3): 8 bits as they are, 16 bits as float32 in [0, 1], floats as they are.

    A camera's orientation tag is applied, palettes are resolved, alpha is left out.
    """
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.mode == "F":
            return np.asarray(image, dtype=np.float32)
        if image.mode.startswith("I"):
            return _sixteen_bits(np.asarray(image))
        return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))


def _sixteen_bits(raw: NDArray[np.integer]) -> NDArray[np.float32]:
    if raw.min() < 0 or raw.max() > 65535:
        raise ValueError(f"pixels reach from {raw.min()} to {raw.max()}; 16 bits hold 0 to 65535")
    return raw.astype(np.float32) / 65535
