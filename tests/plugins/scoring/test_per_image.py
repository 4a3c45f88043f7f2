"""IoU averaged over images, against each image's own IoU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torchmetrics.classification import MulticlassJaccardIndex

from stagewright_plugins.scoring.per_image import PerImage


def test_it_is_the_mean_of_what_torchmetrics_says_of_each_image(samples: Any) -> None:
    _, probabilities, targets = samples
    metric = PerImage(3, 255)
    metric.update(torch.as_tensor(probabilities), torch.as_tensor(targets))
    own = [
        MulticlassJaccardIndex(3, average="none", ignore_index=255)(
            torch.as_tensor(p)[None], torch.as_tensor(t)[None]
        )
        for p, t in zip(probabilities, targets, strict=True)
    ]
    assert metric.compute().tolist() == pytest.approx(torch.stack(own).mean(0).tolist(), abs=1e-6)


def test_an_image_without_the_class_does_not_count_for_it() -> None:
    targets = np.zeros((2, 8, 8), dtype=np.int64)
    targets[0, :4] = 1
    found = targets.copy()
    found[0, :2] = 0  # half of the class is missed in the one image that has it
    metric = PerImage(3, None)
    metric.update(torch.as_tensor(np.eye(3)[found].transpose(0, 3, 1, 2)), torch.as_tensor(targets))
    background, half, nowhere = metric.compute().tolist()
    assert background == pytest.approx((32 / 48 + 1) / 2)
    assert half == 0.5
    assert np.isnan(nowhere)
