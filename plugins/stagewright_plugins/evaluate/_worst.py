"""The samples with the worst score, kept while the split goes by, and their pictures."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stagewright.report.blocks import Gallery, Picture
from stagewright.stages.metrics import Direction
from stagewright_plugins.scoring.pictures import PALETTE, UNKNOWN

EDGE = 192  # pixels of a panel's longer side, about
GAP = 4
DIM = 0.45  # brightness of the input below the errors
CLASS_COLOURS = ("black", "light blue", "yellow", "green", "red", "pink", "dark blue", "orange")
# Told apart with any colour vision, on grey of any brightness (Okabe and Ito, 2008).
ERRORS = {"missed": (230, 159, 0), "invented": (86, 180, 233), "confused": (204, 121, 167)}
ERROR_LEGEND = "orange: missed, light blue: invented, pink: one class taken for another"

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, order=True)
class _Kept:
    """One sample; the one that sorts first leaves first."""

    badness: float
    position: int  # negative, so that of two equal ones the first stays
    id: str = field(compare=False)
    score: float = field(compare=False)
    panels: tuple[NDArray[np.generic], ...] = field(compare=False)


class Worst:
    """Keeps the `count` worst samples; memory holds those only."""

    def __init__(self, count: int, direction: Direction) -> None:
        self._count, self._sign = count, -1 if direction == "maximize" else 1
        self._heap: list[_Kept] = []
        self._seen = 0

    def offer(
        self,
        id: str,
        score: float,
        image: NDArray[np.float32],
        truth: NDArray[np.integer],
        prediction: NDArray[np.integer],
    ) -> None:
        """Take a sample, image (C, H, W) in [0, 1], truth and prediction (H, W), if it is bad enough.

        One without a score is left out.
        """
        self._seen += 1
        if not self._count or math.isnan(score):
            return
        badness = self._sign * float(score)
        if len(self._heap) == self._count and badness <= self._heap[0].badness:
            return
        panels = visible(image), truth.astype(np.int16), prediction.astype(np.int16)
        item = _Kept(badness, -self._seen, id, float(score), panels)
        if len(self._heap) == self._count:
            heapq.heapreplace(self._heap, item)
        else:
            heapq.heappush(self._heap, item)

    def ids(self) -> list[str]:
        """Names, the worst first."""
        return [item.id for item in self._ordered()]

    def draw(
        self, folder: Path, classes: Sequence[str], key: str, tags: Mapping[str, Mapping[str, str]]
    ) -> list[Gallery]:
        """Write one PNG per sample to `folder/worst`; gives the gallery of them, or nothing."""
        (folder / "worst").mkdir(exist_ok=True)
        pictures = []
        for rank, item in enumerate(self._ordered()):
            path = f"worst/{rank:02d}.png"
            Image.fromarray(panels(*item.panels)).save(folder / path, optimize=True)
            facts = "".join(f", {name} {value}" for name, value in tags[item.id].items())
            pictures.append(Picture(path, f"{item.id}: {key} {item.score:.3f}{facts}"))
        if not pictures:
            return []
        caption = (
            f"{'Highest' if self._sign > 0 else 'Lowest'} {key} first. "
            "Left to right: input, truth, prediction, error map. "
            f"Classes: {_legend(classes)}; grey: unknown. Errors: {ERROR_LEGEND}."
        )
        return [Gallery("Worst samples", pictures=pictures, columns=2, caption=caption)]

    def _ordered(self) -> list[_Kept]:
        return sorted(self._heap, reverse=True)


def visible(image: NDArray[np.floating]) -> Pixels:
    """An input (C, H, W) in [0, 1] as (H, W, 3): three channels as colour, any other number as their mean."""
    planes = image if len(image) == 3 else np.repeat(image.mean(0)[None], 3, axis=0)
    return (planes * 255).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0)


def panels(input: Pixels, truth: NDArray[np.integer], prediction: NDArray[np.integer]) -> Pixels:
    """Input, truth, prediction and error map side by side, (h, w, 3); labels are never blended.

    Args:
        input: (H, W, 3) uint8.
        truth: (H, W), -1 where it is unknown.
        prediction: (H, W).
    """
    parts = [input, _coloured(truth), _coloured(prediction), _errors(input, truth, prediction)]
    sized = [_sized(part) for part in parts]
    gap = np.full((sized[0].shape[0], GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([piece for part in sized for piece in (part, gap)][:-1], axis=1)


def _errors(input: Pixels, truth: NDArray[np.integer], prediction: NDArray[np.integer]) -> Pixels:
    picture = (input * DIM).astype(np.uint8)
    wrong = (truth >= 0) & (truth != prediction)
    picture[wrong & (prediction == 0)] = ERRORS["missed"]
    picture[wrong & (truth == 0)] = ERRORS["invented"]
    picture[wrong & (truth > 0) & (prediction > 0)] = ERRORS["confused"]
    return picture


def _coloured(labels: NDArray[np.integer]) -> Pixels:
    known = (labels >= 0)[..., None]
    return np.where(known, PALETTE[labels % len(PALETTE)], np.array(UNKNOWN, dtype=np.uint8))


def _sized(picture: Pixels) -> Pixels:
    """Enlarged by a whole factor, or thinned out, to about EDGE: no new colours."""
    longest = max(picture.shape[:2])
    if longest > 2 * EDGE:
        size = tuple(max(1, round(side * 2 * EDGE / longest)) for side in picture.shape[1::-1])
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.NEAREST))
    scale = max(1, round(EDGE / longest))
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def _legend(classes: Sequence[str]) -> str:
    return ", ".join(
        f"{CLASS_COLOURS[index % len(CLASS_COLOURS)]}: {name}" for index, name in enumerate(classes)
    )
