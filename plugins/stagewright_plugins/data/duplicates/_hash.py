"""64 bits per picture that survive encoding, scaling and brightness (pHash; Zauner, 2010)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ._reduction import SMALL, reduction

KEPT = slice(1, 9)  # frequencies of each axis; the zeroth would make the hash depend on brightness
BATCH = 512  # pictures, so that memory does not grow with their number
# A frequency must exceed the median by this share of the root mean square. Half the frequencies of a
# symmetric picture are zero: compared with the median alone, a quarter of its bits flip at every encoding.
MARGIN = 0.2
LEAST = 4.0  # and by this much, about a tenth of a grey level, so that flat pictures have no bits set


def hashes(pictures: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One hash per picture (N, H, W)."""
    parts = [_bits(_frequencies(batch)) for batch in _batches(pictures)]
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def _frequencies(batch: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Low frequencies of each picture reduced to 32 x 32, (N, 64)."""
    # Reducing and transforming are both linear: one small matrix per axis does both.
    rows, columns = (_transform() @ reduction(side) for side in batch.shape[1:])
    return (rows @ batch.astype(np.float32) @ columns.T).reshape(len(batch), 64)


def _transform() -> NDArray[np.float32]:
    return fft.dct(np.eye(SMALL), axis=0, norm="ortho")[KEPT].astype(np.float32)


def _bits(frequencies: NDArray[np.float32]) -> NDArray[np.uint64]:
    spread = np.sqrt(np.mean(frequencies**2, axis=1, keepdims=True))
    middle = np.median(frequencies, axis=1, keepdims=True)
    bits = frequencies > middle + np.maximum(MARGIN * spread, LEAST)
    return np.packbits(bits, axis=1).view(np.uint64).ravel()


def _batches(pictures: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for start in range(0, len(pictures), BATCH):
        yield np.asarray(pictures[start : start + BATCH])
