"""Objects over all images: which true ones were found, which were invented, and why.

One matching pass per image notes what overlaps what. Every outcome at every IoU threshold is then a function
of one row per object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._matching import MAINLY, Labels, Matches, Side, match

POOR = 0.1  # IoU from which an object is badly outlined rather than not found (t_b of TIDE, arXiv:2008.08115)
WHY_MISSED = ("wrong class", "merged", "split", "poor outline", "not found")
WHY_INVENTED = ("wrong class", "merged", "split", "poor outline", "nothing there")

Columns = dict[str, NDArray[Any]]


class Outcomes:
    """Collects objects over images."""

    def __init__(self, classes: Sequence[str], tiny: int) -> None:
        self.classes, self.tiny = np.array(classes, dtype=object), tiny
        self._objects: list[Columns] = []
        self._overlaps: list[Columns] = []

    def add(self, name: str, truth: Labels, prediction: Labels) -> Matches:
        """Add one image: truth (H, W), -1 where unknown, and prediction (H, W); gives its matches."""
        found = match(truth, prediction, len(self.classes))
        self._objects += self._rows(name, found)
        self._overlaps.append(self._overlapping(name, found))
        return found

    def objects(self) -> pd.DataFrame:
        """One row per object, true and predicted.

        `id`: sample. `side`: `truth` or `prediction`. `object`: number within its image and side. `class`.
        `area`: pixels of known truth. `tiny`: a speck. `unknown`: the truth of most of it is unknown.
        `partner`, `iou`: the object of its class on the other side that it is paired with (0: none), and their
        IoU. `partner_tiny`. `covered`: share of its pixels that have its class on the other side. `parts`:
        objects of its class, specks aside, that lie mainly in it. `shares`: how many such parts the object has
        in which this one mainly lies. `best_iou`: the best overlap with an object of its class, paired or not.
        `other_iou`, `other_class`: the best one with another class.
        """
        return _joined(self._objects)

    def overlaps(self) -> pd.DataFrame:
        """One row per pair of a true and a predicted object that share pixels, of whatever class."""
        return _joined(self._overlaps)

    def summary(self, objects: pd.DataFrame, thresholds: Sequence[float]) -> list[dict[str, Any]]:
        """Per IoU threshold and class: how many objects were matched, missed and invented, and why."""
        return [
            {"threshold": threshold, "class": name} | counted(objects[objects["class"] == name], threshold)
            for threshold in thresholds
            for name in self.classes[1:]
        ]

    def _rows(self, name: str, found: Matches) -> list[Columns]:
        pairs, partners = found.pairs, found.partners()
        sides = {"truth": found.truth, "prediction": found.prediction}
        tiny = {side: objects.areas < self.tiny for side, objects in sides.items()}
        rows = []
        for (side, own), covered in zip(sides.items(), found.covered(), strict=True):
            other = "prediction" if side == "truth" else "truth"
            mine, theirs = getattr(pairs, side), getattr(pairs, other)
            inside = pairs.same & (pairs.shared > MAINLY * sides[other].areas[theirs]) & ~tiny[other][theirs]
            parts = np.bincount(mine[inside], minlength=len(own))
            best = np.zeros(len(own))
            np.maximum.at(best, mine[pairs.same], pairs.iou[pairs.same])
            rows.append(
                self._described(name, side, own)
                | _paired(own, partners, side == "prediction", tiny[other])
                | {"covered": covered, "parts": parts, "shares": _shares(found, side), "best_iou": best}
                | self._confused(own, mine, theirs, sides[other], found)
            )
        # An object's `shares` are the parts of the one it lies in, which only the other side's rows know.
        for own_rows, other_rows in (rows, rows[::-1]):
            host = own_rows["shares"]
            own_rows["shares"] = np.append(other_rows["parts"], 0)[host]
        return rows

    def _described(self, name: str, side: str, own: Side) -> Columns:
        count = len(own)
        return {
            "id": np.full(count, name, dtype=object),
            "side": np.full(count, side, dtype=object),
            "object": np.arange(1, count + 1),
            "class": self.classes[own.classes],
            "area": own.areas,
            "tiny": own.areas < self.tiny,
            "unknown": own.unknown,
        }

    def _confused(self, own: Side, mine: Labels, theirs: Labels, other: Side, found: Matches) -> Columns:
        """The best overlap of each object with one of another class."""
        best, of_class = np.zeros(len(own)), np.full(len(own), "", dtype=object)
        for pair in np.flatnonzero(~found.pairs.same):
            if found.pairs.iou[pair] > best[mine[pair]]:
                best[mine[pair]] = found.pairs.iou[pair]
                of_class[mine[pair]] = self.classes[other.classes[theirs[pair]]]
        return {"other_iou": best, "other_class": of_class}

    def _overlapping(self, name: str, found: Matches) -> Columns:
        truth, prediction, pairs = found.truth, found.prediction, found.pairs
        return {
            "id": np.full(len(pairs.iou), name, dtype=object),
            "truth": pairs.truth + 1,
            "prediction": pairs.prediction + 1,
            "truth_class": self.classes[truth.classes[pairs.truth]],
            "prediction_class": self.classes[prediction.classes[pairs.prediction]],
            "shared": pairs.shared,
            "truth_area": truth.areas[pairs.truth],
            "prediction_area": prediction.areas[pairs.prediction],
            "iou": pairs.iou,
        }


def counted(objects: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Outcomes of one class above an IoU, from rows of `Outcomes.objects`; None for what does not exist.

    Specks (`tiny`) are counted apart: a pair of two specks, and a speck without a partner. What is predicted
    mostly where the truth is unknown is not invented. `pq` is panoptic quality, `recognition` its F1 part and
    `mean_iou` its IoU part (Kirillov et al., 2019, arXiv:1801.00868).
    """
    speck = objects["tiny"] & (objects["partner_tiny"] | (objects["iou"] <= threshold))
    hit, truth = objects["iou"] > threshold, objects["side"] == "truth"
    pairs, missed = objects[truth & hit & ~speck], objects[truth & ~hit & ~speck]
    wrong = ~truth & ~hit & ~objects["unknown"]
    invented = objects[wrong & ~speck]
    hits, lost, extra, total = len(pairs), len(missed), len(invented), float(pairs["iou"].sum())
    return {
        "objects": hits + lost,
        "matched": hits,
        "missed": lost,
        "invented": extra,
        "precision": _ratio(hits, hits + extra),
        "recall": _ratio(hits, hits + lost),
        "recognition": _ratio(hits, hits + (lost + extra) / 2),
        "mean_iou": _ratio(total, hits),
        "pq": _ratio(total, hits + (lost + extra) / 2),
        "splits": int((truth & ~objects["tiny"] & (objects["parts"] > 1)).sum()),
        "merges": int((~truth & ~objects["tiny"] & (objects["parts"] > 1)).sum()),
        "specks": {
            "matched": int((truth & speck & hit).sum()),
            "missed": int((truth & speck & ~hit).sum()),
            "invented": int((wrong & speck).sum()),
        },
        "why_missed": _why(missed, threshold, ("shares", "parts"), WHY_MISSED),
        "why_invented": _why(invented, threshold, ("parts", "shares"), WHY_INVENTED),
    }


def _why(
    objects: pd.DataFrame, threshold: float, merged_split: tuple[str, str], names: Sequence[str]
) -> dict[str, int]:
    """The first reason that fits, for each object."""
    merged, split = (objects[column] > 1 for column in merged_split)
    reasons = [objects["other_iou"] > threshold, merged, split, objects["best_iou"] >= POOR]
    first = np.select(reasons, range(len(reasons)), len(reasons)) if len(objects) else np.zeros(0, int)
    return dict(zip(names, np.bincount(first, minlength=len(names)).tolist(), strict=True))


def _paired(own: Side, partners: list[tuple[int, int, float]], swapped: bool, tiny: NDArray[Any]) -> Columns:
    partner, iou = np.zeros(len(own), np.int64), np.zeros(len(own))
    partner_tiny = np.zeros(len(own), bool)
    for truth, prediction, value in partners:
        one, other = (prediction, truth) if swapped else (truth, prediction)
        partner[one], iou[one], partner_tiny[one] = other + 1, value, tiny[other]
    return {"partner": partner, "iou": iou, "partner_tiny": partner_tiny}


def _shares(found: Matches, side: str) -> Labels:
    """The index of the object of its class, on the other side, in which each one mainly lies; -1 if none."""
    pairs, own = found.pairs, getattr(found, side)
    mine, theirs = (pairs.truth, pairs.prediction) if side == "truth" else (pairs.prediction, pairs.truth)
    inside = pairs.same & (pairs.shared > MAINLY * own.areas[mine])
    host = np.full(len(own), -1)
    host[mine[inside]] = theirs[inside]
    return host


def _joined(parts: Sequence[Columns]) -> pd.DataFrame:
    names = parts[0] if parts else ()
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
