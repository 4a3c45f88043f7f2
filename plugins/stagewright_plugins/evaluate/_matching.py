"""One image's objects, and how the true ones overlap with the predicted ones.

An object is a connected region of one class (8-connected); the first class is the background and has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stagewright_plugins.imaging.objects import Objects

Labels = NDArray[np.integer]
Floats = NDArray[np.float64]

MAINLY = 0.5  # share of an object's pixels inside another one from which it is a part of it


@dataclass(frozen=True)
class Side:
    """The n objects of one label picture.

    Attributes:
        labels: (H, W) number of the object at each pixel, from 1 over all classes; 0 where there is none.
        classes: (n,) class index of each object.
        areas: (n,) pixels whose truth is known; at least one.
        unknown: (n,) whether the truth of most of the object's pixels is unknown.
    """

    labels: Labels
    classes: Labels
    areas: Labels
    unknown: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.areas)


@dataclass(frozen=True)
class Pairs:
    """The P pairs of a true and a predicted object that share pixels.

    Attributes:
        truth, prediction: (P,) object indices, from 0.
        shared: (P,) pixels in both.
        iou: (P,) intersection over union.
        same: (P,) whether both are of one class.
    """

    truth: Labels
    prediction: Labels
    shared: Labels
    iou: Floats
    same: NDArray[np.bool_]


@dataclass(frozen=True)
class Matches:
    """One image's objects and overlaps: all that outcomes at any threshold need."""

    truth: Side
    prediction: Side
    pairs: Pairs

    def covered(self) -> tuple[Floats, Floats]:
        """Share of each true, and of each predicted object to which the other side gives the same class."""
        shared = self.pairs.shared * self.pairs.same
        return (
            np.bincount(self.pairs.truth, shared, len(self.truth)) / self.truth.areas,
            np.bincount(self.pairs.prediction, shared, len(self.prediction)) / self.prediction.areas,
        )

    def partners(self) -> list[tuple[int, int, float]]:
        """One-to-one pairs (truth, prediction, IoU) of one class, the best first.

        A pair with an IoU above 0.5 has no rival, since objects do not overlap (Kirillov et al., 2019). Below
        that the better pair wins, so those above any threshold are the pairs of that threshold.
        """
        taken: tuple[set[int], set[int]] = set(), set()
        found = []
        for pair in np.argsort(-self.pairs.iou, kind="stable"):
            one, other = int(self.pairs.truth[pair]), int(self.pairs.prediction[pair])
            if self.pairs.same[pair] and one not in taken[0] and other not in taken[1]:
                taken[0].add(one)
                taken[1].add(other)
                found.append((one, other, float(self.pairs.iou[pair])))
        return found


def match(truth: Labels, prediction: Labels, classes: int) -> Matches:
    """Match one image: truth (H, W) with -1 where it is unknown, prediction (H, W).

    What is predicted where the truth is unknown does not count. A predicted object most of which lies there
    can match, but is not invented (as in panoptic quality, Kirillov et al., 2019, arXiv:1801.00868).
    """
    known = truth >= 0
    one, other = _side(truth, classes, known), _side(prediction, classes, known)
    return Matches(one, other, _pairs(one, other, known))


def _side(picture: Labels, classes: int, known: NDArray[np.bool_]) -> Side:
    labels = np.zeros(picture.shape, dtype=np.int64)
    of_class, areas, sizes = ([np.zeros(0, np.int64)] for _ in range(3))
    count = 0
    for index in range(1, classes):
        found = Objects(picture == index)
        inside = np.bincount(found.labels[known], minlength=len(found.sizes) + 1)[1:]
        kept = inside > 0
        numbers = np.zeros(len(kept) + 1, dtype=np.int64)
        numbers[1:][kept] = np.arange(count + 1, count + kept.sum() + 1)
        labels += numbers[found.labels]
        of_class.append(np.full(kept.sum(), index))
        areas.append(inside[kept])
        sizes.append(found.sizes[kept])
        count += int(kept.sum())
    known_area = np.concatenate(areas)
    return Side(labels, np.concatenate(of_class), known_area, 2 * known_area < np.concatenate(sizes))


def _pairs(truth: Side, prediction: Side, known: NDArray[np.bool_]) -> Pairs:
    both = (truth.labels > 0) & (prediction.labels > 0) & known
    width = len(prediction) + 1
    codes, shared = np.unique(truth.labels[both] * width + prediction.labels[both], return_counts=True)
    one, other = codes // width - 1, codes % width - 1
    iou = shared / (truth.areas[one] + prediction.areas[other] - shared)
    return Pairs(one, other, shared, iou, truth.classes[one] == prediction.classes[other])
