"""Input, truth and prediction side by side, as a picture for the report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Okabe and Ito (2008): told apart by colour-blind readers too. The first class stays dark.
PALETTE = np.array(
    [(0, 0, 0), (86, 180, 233), (240, 228, 66), (0, 158, 115), (213, 94, 0), (204, 121, 167),
     (0, 114, 178), (230, 159, 0)],
    dtype=np.uint8,
)  # fmt: skip
UNKNOWN = (128, 128, 128)


def triptych(
    path: Path, image: NDArray[np.float32], target: NDArray[np.int64], found: NDArray[np.int64]
) -> None:
    """Write a PNG of an input (C, H, W) in [0, 1] beside two label pictures (H, W).

    Colours repeat after eight classes; a label below 0 or above 127 (an ignored pixel) is grey.
    """
    grey = np.clip(image.mean(0) * 255, 0, 255).astype(np.uint8)
    parts = [np.repeat(grey[..., None], 3, axis=2), _coloured(target), _coloured(found)]
    gap = np.full((grey.shape[0], 2, 3), 255, dtype=np.uint8)
    row = np.concatenate([parts[0], gap, parts[1], gap, parts[2]], axis=1)
    Image.fromarray(row).resize((row.shape[1] * 2, row.shape[0] * 2), Image.Resampling.NEAREST).save(path)


def _coloured(labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    known = (labels >= 0) & (labels < 128)
    return np.where(known[..., None], PALETTE[labels % len(PALETTE)], np.array(UNKNOWN, dtype=np.uint8))
