"""Requests of a live model whose picture was kept and whose mask somebody drew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.live.event_log import MASKS, PAYLOADS, read
from stagewright_plugins.monitoring.rolling import rolled

IMAGE, TARGET = "image", "target"  # names of the arrays in the two files


@dataclass(frozen=True)
class Labelled:
    """One request: its id, when it came (ISO 8601, UTC), and the `.npz` files of picture and mask."""

    id: str
    time: str
    picture: Path
    mask: Path


def labelled(folder: Path, since: str = "", until: str = "", most: int | None = None) -> list[Labelled]:
    """The requests from `since` on and before `until` that have both, oldest first; of these the newest `most`.

    A picture counts once, however many arms answered it. Raises StoreError for a damaged log.
    """
    pictures: dict[str, tuple[str, Path]] = {}
    masks: dict[str, Path] = {}
    for event in _events(folder):
        id = str(event.get("id", ""))
        if event.get("kind") == "request":
            kept = _file(folder / PAYLOADS, (event.get("inputs") or {}).get(IMAGE))
            if kept and id not in pictures:
                pictures[id] = str(event["t"]), kept
        elif drawn := _file(folder / MASKS, event.get("target")):
            masks[id] = drawn
    both = [Labelled(id, *pictures[id], masks[id]) for id in pictures.keys() & masks.keys()]
    chosen = [item for item in both if item.time >= since and (not until or item.time < until)]
    chosen.sort(key=lambda item: (item.time, item.id))
    return chosen if most is None else chosen[-most:]


def picture(path: Path) -> np.ndarray:
    """(H, W) or (H, W, C) from the payload (1, C, H, W); raises ValueError where it holds several."""
    with np.load(path) as kept:
        array = kept[IMAGE]
    if array.ndim != 4 or len(array) != 1:
        raise ValueError(
            f"the request holds an array {array.shape}; a mask belongs to one picture (1, C, H, W)"
        )
    return array[0, 0] if array.shape[1] == 1 else np.moveaxis(array[0], 0, -1)


def mask(path: Path) -> np.ndarray:
    """(H, W) uint8, as the label brought it."""
    with np.load(path) as kept:
        return kept[TARGET]


def _events(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Requests and labels, in Parquet or not."""
    old = (event for event in rolled(folder) if event.get("kind") in ("request", "label"))
    return chain(old, read(folder, kinds=("request", "label")))


def _file(folder: Path, value: Any) -> Path | None:
    """The file below `folder` that a reference names, if it is still there."""
    if not isinstance(value, Mapping) or not isinstance(value.get("ref"), str):
        return None
    path = folder / Path(value["ref"]).name
    return path if path.is_file() else None
