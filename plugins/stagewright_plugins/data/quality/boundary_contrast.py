"""Whether outlines lie on edges of the picture."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, unit="ratio", level="target")
def boundary_contrast(view: ImageView, /) -> float:
    """Mean gradient at the outlines of the mask, by that of the whole picture.

    About 1 if outlines fall anywhere, well above if they follow edges; a shifted mask lowers it. 0 without
    outlines or without gradient.
    """
    import numpy as np

    whole = float(view.gradient.mean(dtype=np.float64))
    if not whole or not view.boundary.any():
        return 0.0
    return float(view.gradient[view.boundary].mean(dtype=np.float64)) / whole
