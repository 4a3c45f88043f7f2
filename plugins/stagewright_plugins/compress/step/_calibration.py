"""Samples of the train split to observe activations on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.errors import StepError
from stagewright.stages.compress import Inputs
from stagewright_plugins.scoring.batches import opened

if TYPE_CHECKING:
    import numpy as np

BATCH = 16


def spread(inputs: Inputs, samples: int) -> np.ndarray:
    """That many inputs at equal distances over the train split, (N, C, H, W) float32 in [0, 1]; all if fewer.

    Raises:
        StepError: the train split is empty.
    """
    import numpy as np

    rows = opened(inputs.data, "train")
    if not len(rows):
        raise StepError("the train split is empty: nothing to calibrate on")
    count = min(samples, len(rows))
    chosen = np.linspace(0, len(rows) - 1, count).round().astype(int)
    return np.asarray(rows[chosen]["input"], dtype=np.float32) / 255
