"""Overlap of predicted and true pixels per class, from one confusion matrix over all samples."""

from __future__ import annotations

from typing import Any, Literal

from torchmetrics.classification import MulticlassConfusionMatrix

Measure = Literal["iou", "dice", "accuracy"]


class Overlap(MulticlassConfusionMatrix):
    """IoU (Jaccard, 1912), Dice (1945) or accuracy from summed pixel counts.

    `update(probabilities (N, K, H, W), target (N, H, W))`; `compute()` gives (K,) for IoU and Dice, NaN for a
    class that is in neither truth nor prediction, and a scalar for accuracy.

    Attributes:
        left_out: classes that the mean does not count.
    """

    def __init__(
        self, classes: int, measure: Measure, ignore_index: int | None, left_out: tuple[int, ...] = ()
    ) -> None:
        super().__init__(num_classes=classes, ignore_index=ignore_index, validate_args=False)
        self.measure = measure
        self.left_out = left_out

    def compute(self) -> Any:
        """The measure of everything seen since the last reset."""
        counts = self.confmat.double()
        hits, true, predicted = counts.diagonal(), counts.sum(1), counts.sum(0)
        if self.measure == "accuracy":
            return hits.sum() / counts.sum()
        both = true + predicted
        return 2 * hits / both if self.measure == "dice" else hits / (both - hits)
