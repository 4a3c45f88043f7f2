"""How noisy a picture is."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, unit="share of full scale")
def noise(view: ImageView, /) -> float:
    """Standard deviation of the noise after Immerkaer (1996, doi:10.1006/cviu.1996.0060).

    The difference of two Laplacians cancels flat areas, slopes and straight edges along an axis; fine
    texture counts as noise. 0 for a picture with fewer than three rows or columns.
    """
    import numpy as np

    if min(view.size) < 3:
        return 0.0
    residue = np.diff(np.diff(view.grey, 2, axis=0), 2, axis=1)
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(residue).mean(dtype=np.float64))
