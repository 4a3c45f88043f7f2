"""How blurred a picture is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="score")
def blur(
    view: ImageView,
    /,
    *,
    window: Annotated[
        int, Field(ge=3, le=31, description="pixels over which the picture is blurred again")
    ] = 9,
) -> float:
    """What another blur leaves of the steps between neighbours: much of a blurred picture's.

    The worse of both axes; 1 for a constant picture (Crete et al., 2007, doi:10.1117/12.702790).
    """
    import numpy as np
    from scipy.ndimage import uniform_filter1d

    kept = []
    for axis in (0, 1):
        before = np.abs(np.diff(view.grey, axis=axis))
        after = np.abs(np.diff(uniform_filter1d(view.grey, window, axis=axis), axis=axis))
        if total := float(before.sum(dtype=np.float64)):
            kept.append(1 - float(np.clip(before - after, 0, None).sum(dtype=np.float64)) / total)
    return max(kept, default=1.0)
