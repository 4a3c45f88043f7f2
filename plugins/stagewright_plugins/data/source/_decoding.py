"""Mask files as arrays, and what is said of files that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ._folder import within


def decoded(path: Path, root: Path, decode: Callable[[Path], Any]) -> Any:
    """What `decode` makes of a file below `root`.

    Raises:
        PermissionError: the file is a link out of `root`.
        OSError, ValueError: it cannot be decoded; the message names the file relative to `root`, so that
            what is written about it does not depend on where the folder lies.
    """
    name = path.relative_to(root)
    inside = within(path, root)
    try:
        return decode(inside)
    except UnidentifiedImageError:
        raise OSError(f"{name} is no picture of a known format") from None
    except (OSError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error


def mask(path: Path, values: Mapping[int, int] | None) -> NDArray[np.integer]:
    """(H, W) class indices: raw values (a palette's indices, not its colours), changed by `values` if given.

    Args:
        path: of the mask.
        values: raw value → class index; a colour is `red << 16 | green << 8 | blue`.

    Raises:
        ValueError: a value that `values` does not name, or colours where there are no `values`.
    """
    with Image.open(path) as opened:
        raw = np.asarray(opened.convert("RGB") if opened.mode in ("RGB", "RGBA") else opened)
    if raw.ndim == 3 and raw.shape[-1] == 2:
        raw = raw[..., 0]  # grey with alpha
    if raw.ndim == 3:
        if values is None:
            raise ValueError("mask is in colour; name its colours in `values`, such as '#ff0000': tumour")
        raw = raw.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    raw = raw.astype(np.uint8) if raw.dtype == bool else raw
    return raw if values is None else _mapped(raw, values)


def _mapped(raw: NDArray[np.integer], values: Mapping[int, int]) -> NDArray[np.uint8]:
    found, where = np.unique(raw, return_inverse=True)
    missing = [int(value) for value in found if int(value) not in values]
    if missing:
        shown = ", ".join(str(value) for value in missing[:5])
        raise ValueError(f"mask has the value {shown}, which `values` does not name")
    indices = np.array([values[int(value)] for value in found], dtype=np.uint8)
    return indices[where].reshape(raw.shape)
