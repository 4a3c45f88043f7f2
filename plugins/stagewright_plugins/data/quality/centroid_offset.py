"""How far a class lies from the picture's middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(
    suspicious="high", low=0, high=1, unit="share of half the diagonal", level="target", names="foreground"
)
def centroid_offset(view: ImageView, /) -> dict[str, float]:
    """Distance from the mean position of a class's pixels to the picture's middle; 0 where it is absent."""
    return view.named_foreground([_offset(found.mask) for found in view.objects[1:]])


def _offset(mask: NDArray[np.bool_]) -> float:
    import numpy as np

    total = mask.sum()
    if not total:
        return 0.0
    means = [mask.sum(axis=1 - axis) @ np.arange(mask.shape[axis]) / total for axis in (0, 1)]
    middle = [(side - 1) / 2 for side in mask.shape]
    return float(np.hypot(*np.subtract(means, middle)) / (np.hypot(*mask.shape) / 2))
