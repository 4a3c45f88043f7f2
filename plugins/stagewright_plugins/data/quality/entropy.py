"""How much information the grey levels carry."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=8, unit="bit")
def entropy(view: ImageView, /) -> float:
    """Shannon entropy of the histogram of 256 grey levels; 0 for a constant picture."""
    import numpy as np

    counts = view.histogram[view.histogram > 0]
    shares = counts / counts.sum()
    return float(np.sum(shares * np.log2(1 / shares)))
