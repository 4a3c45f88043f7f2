"""Whether things happen as often as the model says."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def calibration(given: NDArray[np.float32], targets: NDArray[np.int64], bins: int) -> dict[str, Any]:
    """The reliability curve over bins of equal size, and the expected calibration error (Naeini et al., 2015).

    Of two classes, the second one's probability against how often it came true; of more, the confidence of the
    likeliest class against how often it was right. Of bins of equal width most would be empty.
    """
    if given.shape[1] == 2:
        said, true = given[:, 1].astype(float), (targets == 1).astype(float)
    else:
        said, true = given.max(1).astype(float), (given.argmax(1) == targets).astype(float)
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    curve = [
        {"said": float(said[part].mean()), "came_true": float(true[part].mean()), "samples": len(part)}
        for part in parts
    ]
    gaps = [item["samples"] * abs(item["said"] - item["came_true"]) for item in curve]
    return {
        "ece": float(sum(gaps) / len(said)),
        "mean_said": float(said.mean()),
        "share": float(true.mean()),
        "curve": curve,
    }
