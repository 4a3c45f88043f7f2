"""How saturated colours are."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of full scale")
def saturation(view: ImageView, /) -> float:
    """Mean saturation in HSV, (max - min) / max per pixel; 0 for grey, and without three channels."""
    import numpy as np

    if len(view.input) != 3:
        return 0.0
    top = view.input.max(axis=0).astype(np.float64)
    return float(((top - view.input.min(axis=0)) / np.maximum(top, 1)).mean())
