"""Pictures reduced to 32 x 32 by the mean over areas, as a small matrix per axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SMALL = 32  # pixels, edge of the reduced picture


def reduction(side: int, shift: int = 0) -> NDArray[np.float32]:
    """Matrix (32, side): means over 32 equal parts of an axis moved by `shift` pixels, its edge repeated."""
    edges = np.linspace(0, side, SMALL + 1)
    pixels = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = np.clip(overlap, 0, None) * (SMALL / side)
    moved = np.zeros_like(weights)
    np.add.at(moved, (slice(None), np.clip(pixels + shift, 0, side - 1)), weights)
    return moved.astype(np.float32)
