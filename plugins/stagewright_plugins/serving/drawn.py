"""A mask that somebody drew for a request, as it comes in JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from .refusal import RefusalError

Mask = np.ndarray  # (H, W) uint8

MOST_PIXELS = 2048 * 2048  # converting them holds up other requests for a fraction of a second


def mask_from(rows: list[Any]) -> Mask:
    """Rows of class indices as (H, W) uint8; raises RefusalError for anything else."""
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    if not width:
        raise RefusalError(400, "`target` must be a single value, or a mask: rows of class indices")
    if len(rows) * width > MOST_PIXELS:
        raise RefusalError(400, f"a mask has at most {MOST_PIXELS} pixels, this one {len(rows) * width}")
    if not all(isinstance(row, list) and len(row) == width for row in rows):
        raise RefusalError(400, "a mask's rows must be lists of equal length")
    try:
        mask = np.array(rows)
    except (ValueError, OverflowError):  # a deeper list, or a number of no size
        raise RefusalError(400, "a mask's values must be whole numbers") from None
    if mask.ndim != 2 or mask.dtype.kind not in "iu":
        raise RefusalError(400, "a mask's values must be whole numbers")
    if mask.min() < 0 or mask.max() > 255:
        raise RefusalError(400, "a mask's values must be class indices from 0 to 255")
    return mask.astype(np.uint8)
