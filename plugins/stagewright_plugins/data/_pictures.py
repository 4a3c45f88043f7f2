"""Small pictures for the report: a sample with the outlines of its mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]

# Okabe and Ito (2008), told apart with any colour vision; class 0 has no outline of its own.
NAMED = {
    "orange": (230, 159, 0),
    "light blue": (86, 180, 233),
    "green": (0, 158, 115),
    "yellow": (240, 228, 66),
    "dark blue": (0, 114, 178),
    "red": (213, 94, 0),
    "pink": (204, 121, 167),
}
COLOURS = np.array(list(NAMED.values()), dtype=np.uint8)
EDGE = 192  # pixels, of the longer side


def draw(input: Bytes, target: Bytes, path: Path) -> None:
    """Write input (C, H, W) with the outline of each class in target (H, W) as PNG."""
    grey = input[:3] if len(input) >= 3 else np.repeat(input[:1], 3, axis=0)
    scale = max(1, round(EDGE / max(target.shape)))
    picture = _enlarged(np.moveaxis(grey, 0, -1), scale)
    mask = _enlarged(target, scale)
    edge = _outline(mask) & (mask > 0)
    picture[edge] = COLOURS[(mask[edge] - 1) % len(COLOURS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(picture)
    image.thumbnail((2 * EDGE, 2 * EDGE))
    image.save(path, optimize=True)


def legend(classes: Sequence[str]) -> str:
    """Which outline is which class; colours repeat after the seventh."""
    outlined = zip(classes[1:], cycle(NAMED), strict=False)
    return "Outlines: " + ", ".join(f"{colour} = {name}" for name, colour in outlined) + "."


def spread(rows: list[int], count: int) -> Iterable[int]:
    """`count` of the rows, evenly spread."""
    if len(rows) <= count:
        return rows
    return [rows[int((i + 0.5) * len(rows) / count)] for i in range(count)]


def _enlarged(pixels: Bytes, scale: int) -> Bytes:
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)


def _outline(mask: Bytes) -> NDArray[np.bool_]:
    """Pixels with a neighbour of another class."""
    edge = np.zeros(mask.shape, dtype=bool)
    for axis in (0, 1):
        changes = np.diff(mask, axis=axis) != 0
        first = [slice(None)] * 2
        first[axis] = slice(None, -1)
        second = [slice(None)] * 2
        second[axis] = slice(1, None)
        edge[tuple(first)] |= changes
        edge[tuple(second)] |= changes
    return edge
