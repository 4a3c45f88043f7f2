"""Whether two pictures that have similar hashes are the same picture.

Hashes of 64 bits cannot tell neighbouring slices of one head apart; correlation can, once a shift by a pixel
no longer costs more of it than a step to the next slice.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from ._reduction import SMALL, reduction

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

BATCH = 1024  # pairs, so that memory does not grow with their number
FLAT = 0.5  # grey levels of standard deviation, below which there is nothing to correlate
SAME_GREY = 0.05 * 255  # grey levels between two flat pictures that still count as the same


def alike(
    pictures: NDArray[np.uint8], first: Rows, second: Rows, least: float, shift: int
) -> NDArray[np.bool_]:
    """Whether each pair, reduced, correlates by at least `least`, one moved by up to `shift` pixels."""
    parts = [np.empty(0, dtype=bool)]
    for start in range(0, len(first), BATCH):
        pair = [np.asarray(pictures[rows[start : start + BATCH]]) for rows in (first, second)]
        parts.append((_flat_alike(*pair)) | (_correlation(*pair, shift) >= least))
    return np.concatenate(parts)


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8], shift: int) -> Floats:
    """Best correlation of each pair over all shifts; 0 where a picture is flat."""
    fixed = _normalised(one, 0, 0)
    steps = range(-shift, shift + 1)
    scores = [np.einsum("ij,ij->i", fixed, _normalised(other, *step)) for step in product(steps, steps)]
    return np.max(scores, axis=0)


def _normalised(pictures: NDArray[np.uint8], down: int, right: int) -> Floats:
    """Reduced, moved, with mean 0 and length 1, (N, 1024); all 0 where flat."""
    height, width = pictures.shape[1:]
    small = reduction(height, down) @ pictures.astype(np.float32) @ reduction(width, right).T
    small = small.reshape(len(small), SMALL**2)
    small = small - small.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(small, axis=1, keepdims=True)
    return np.where(lengths < FLAT * SMALL, 0, small / np.maximum(lengths, 1e-6))


def _flat_alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Both flat, and about as bright."""
    flat = [~_normalised(pictures, 0, 0).any(axis=1) for pictures in (one, other)]
    return flat[0] & flat[1] & (np.abs(one.mean(axis=(1, 2)) - other.mean(axis=(1, 2))) <= SAME_GREY)
