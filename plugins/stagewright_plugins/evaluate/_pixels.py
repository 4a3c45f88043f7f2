"""Wrong pixels by what went wrong: every one is of exactly one type, and counted for exactly one class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from ._matching import Labels, Matches, Side

FOUND = 0.1  # share of an object's pixels with the right class from which it is not missed, or invented
TYPES = ("boundary", "confusion", "missed", "invented", "specks", "other")

Bools = NDArray[np.bool_]


class Pixels:
    """Counts wrong pixels over images.

    The type of a wrong pixel is the first that fits:
        boundary: within `boundary` pixels of the outline of a true object that was found.
        confusion: one class taken for another, neither being the background.
        specks: in a missed or invented object of fewer than `tiny` pixels.
        missed: in a true object of which less than a tenth was found.
        invented: in a predicted object of which less than a tenth is right.
        other: deep inside a found object, or far beyond its outline.
    It counts for its true class, or for the predicted one where the truth is background.
    """

    def __init__(self, classes: Sequence[str], boundary: float, tiny: int) -> None:
        self.classes, self.boundary, self.tiny = tuple(classes), boundary, tiny
        self.counts = np.zeros((len(classes), len(TYPES)), dtype=np.int64)
        self.confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)

    def add(self, truth: Labels, prediction: Labels, matches: Matches) -> None:
        """Add one image: truth (H, W), -1 where unknown; prediction (H, W); the objects of both."""
        known = truth >= 0
        size = len(self.classes)
        codes = truth[known] * size + prediction[known]
        self.confusion += np.bincount(codes, minlength=size * size).reshape(size, size)
        wrong = known & (truth != prediction)
        if wrong.any():
            true, given = truth[wrong], prediction[wrong]
            types = self._types(truth, wrong, true, given, matches)
            np.add.at(self.counts, (np.where(true > 0, true, given), types), 1)

    def summary(self) -> dict[str, Any]:
        """Wrong pixels per class and type, and how many pixels there were."""
        return {
            "pixels": int(self.confusion.sum()),
            "wrong": int(self.confusion.sum() - self.confusion.trace()),
            "boundary": self.boundary,
            "types": {
                name: dict(zip(TYPES, self.counts[index].tolist(), strict=True))
                for index, name in enumerate(self.classes)
                if index
            },
        }

    def confusion_summary(self) -> dict[str, Any]:
        """Pixels of each true class (row) by predicted class (column)."""
        return {"classes": list(self.classes), "counts": self.confusion.tolist()}

    def _types(self, truth: Labels, wrong: Bools, true: Labels, given: Labels, matches: Matches) -> Labels:
        """The type of each wrong pixel, an index into TYPES."""
        lost, invented = (share < FOUND for share in matches.covered())
        own, theirs = matches.truth.labels[wrong], matches.prediction.labels[wrong]
        near = self._near(truth, wrong, matches.truth, ~lost)
        in_lost, in_invented = _at(lost, own), _at(invented, theirs)
        speck = (in_lost & _at(matches.truth.areas < self.tiny, own)) | (
            in_invented & _at(matches.prediction.areas < self.tiny, theirs)
        )
        # A true object's pixel is near its own outline; one that goes too far, near that of its class.
        boundary = ((true > 0) & ~in_lost & near[true, np.arange(len(true))]) | (
            (given > 0) & near[given, np.arange(len(given))]
        )
        rules = [boundary, (true > 0) & (given > 0), speck, in_lost, in_invented]
        names = ["boundary", "confusion", "specks", "missed", "invented"]
        return np.select(rules, [TYPES.index(name) for name in names], TYPES.index("other"))

    def _near(self, truth: Labels, wrong: Bools, objects: Side, found: Bools) -> Bools:
        """For each class, which wrong pixels lie near the outline of a found object, (K, wrong pixels)."""
        near = np.zeros((len(self.classes), int(wrong.sum())), dtype=bool)
        for index in range(1, len(self.classes)):
            region = (truth == index) & _at(found, objects.labels)
            if region.any() and not region.all():
                near[index] = _distance(region)[wrong] <= self.boundary
        return near


def _distance(region: Bools) -> NDArray[np.float64]:
    """Pixels to the other side of the region's outline, 1 at both sides of it; the image's edge is none."""
    inside: NDArray[np.float64] = distance_transform_edt(region)
    outside: NDArray[np.float64] = distance_transform_edt(~region)
    return inside + outside


def _at(flags: Bools, labels: Labels) -> Bools:
    """The flag of the object at each pixel, False where there is none."""
    return np.concatenate([[False], flags])[labels]
