"""How well predicted boundaries follow the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt
from torchmetrics import Metric


class BoundaryF1(Metric):
    """Boundary F1 (Csurka et al., 2013, doi 10.5244/C.27.32), averaged over images, per class.

    A boundary pixel is right if the other boundary passes within `tolerance`, a share of the
    image's diagonal.
    The image's own edge is no boundary. An image counts for the classes that have a boundary in its truth or
    its prediction. `compute()` gives (K,): NaN for a class with no boundary in any image.

    Attributes:
        left_out: classes that the mean does not count.
    """

    full_state_update = False
    total: torch.Tensor
    images: torch.Tensor

    def __init__(
        self, classes: int, tolerance: float, ignore_index: int | None, left_out: tuple[int, ...] = ()
    ) -> None:
        super().__init__()
        self.classes, self.tolerance, self.ignore_index = classes, tolerance, ignore_index
        self.left_out = left_out
        self.add_state("total", torch.zeros(classes, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("images", torch.zeros(classes, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, probabilities: torch.Tensor, target: torch.Tensor) -> None:
        """Add images: probabilities (N, K, H, W), target (N, H, W)."""
        predicted = probabilities.argmax(1).cpu().numpy()
        for one, true in zip(predicted, target.cpu().numpy(), strict=True):
            for index in range(self.classes):
                known = true != self.ignore_index if self.ignore_index is not None else True
                score = _f1((one == index) & known, true == index, self.tolerance)
                if score is not None:
                    self.total[index] += score
                    self.images[index] += 1

    def compute(self) -> Any:
        """Mean over the images that have a boundary of the class."""
        return self.total / self.images


def _f1(predicted: np.ndarray, true: np.ndarray, tolerance: float) -> float | None:
    """F1 of two boundaries; None where neither has one."""
    reach = tolerance * float(np.hypot(*true.shape))
    edges = [mask & ~binary_erosion(mask, border_value=1) for mask in (predicted, true)]
    found, wanted = (int(edge.sum()) for edge in edges)
    if not found and not wanted:
        return None
    if not found or not wanted:
        return 0.0
    precision = float((distance_transform_edt(~edges[1])[edges[0]] <= reach).mean())
    recall = float((distance_transform_edt(~edges[0])[edges[1]] <= reach).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
