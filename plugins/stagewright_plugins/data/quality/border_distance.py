"""How close a class comes to the picture's edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(
    suspicious="low", low=0, high=1, unit="share of the half side", level="target", names="foreground"
)
def border_distance(view: ImageView, /) -> dict[str, float]:
    """Pixels between a class and the nearest edge of the picture, by half the side across.

    0 where it touches or is absent, towards 1 where it lies in the middle only.
    """
    return view.named_foreground([_distance(found.mask) for found in view.objects[1:]])


def _distance(mask: NDArray[np.bool_]) -> float:
    gaps = []
    for axis in (0, 1):
        taken = mask.any(axis=1 - axis).nonzero()[0]
        if not taken.size:
            return 0.0
        side = mask.shape[axis]
        gaps.append(int(min(taken[0], side - 1 - taken[-1])) / (side / 2))
    return min(gaps)
