"""Classes by brightness in the train split: what a rule on grey values needs to name its ranges."""

from __future__ import annotations

import numpy as np

from stagewright.stages.data import Dataset
from stagewright_plugins.scoring.batches import batches


def by_brightness(data: Dataset, classes: int) -> list[int]:
    """Class indices, the darkest in the train split first."""
    total, count = np.zeros(classes), np.zeros(classes)
    for batch in batches(data, "train"):
        grey = batch.inputs.mean(1)
        for index in range(classes):
            mask = batch.targets == index
            total[index] += grey[mask].sum()
            count[index] += mask.sum()
    mean = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    return [int(index) for index in np.argsort(mean, kind="stable")]


def drawn_pixels(data: Dataset, pixels: int, seed: int) -> np.ndarray:
    """About `pixels` grey values of the train split, equally many from every image, (N,) float32."""
    random = np.random.default_rng([seed, 17])
    share = -(-pixels // max(data.counts["train"], 1))
    drawn = [
        random.choice(image.ravel(), size=min(share, image.size), replace=False)
        for batch in batches(data, "train")
        for image in batch.inputs.mean(1)
    ]
    return np.concatenate(drawn)
