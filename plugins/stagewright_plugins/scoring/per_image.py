"""IoU averaged over images."""

from __future__ import annotations

from typing import Any

import torch
from torchmetrics import Metric
from torchmetrics.functional.classification import multiclass_confusion_matrix


class PerImage(Metric):
    """Per class: the mean of each image's IoU, over images that have the class in truth or prediction."""

    full_state_update = False
    total: torch.Tensor
    images: torch.Tensor

    def __init__(self, classes: int, ignore_index: int | None) -> None:
        super().__init__()
        self.classes, self.ignore_index = classes, ignore_index
        self.add_state("total", torch.zeros(classes, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("images", torch.zeros(classes, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, probabilities: torch.Tensor, target: torch.Tensor) -> None:
        """Add images: probabilities (N, K, H, W), target (N, H, W)."""
        for one, true in zip(probabilities.argmax(1), target, strict=True):
            counts = multiclass_confusion_matrix(
                one, true, self.classes, ignore_index=self.ignore_index, validate_args=False
            ).double()
            hits = counts.diagonal()
            union = counts.sum(0) + counts.sum(1) - hits
            self.total += torch.where(union > 0, hits / union.clamp(min=1), 0.0)
            self.images += union > 0

    def compute(self) -> Any:
        """Mean IoU per class, (K,); NaN for a class that no image has."""
        return self.total / self.images
