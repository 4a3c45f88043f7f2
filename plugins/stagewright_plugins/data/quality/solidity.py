"""How far a class's largest object is from convex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(suspicious="low", low=0, high=1, unit="share of the hull", level="target", names="foreground")
def solidity(view: ImageView, /) -> dict[str, float]:
    """Pixels of a class's largest object as a share of its convex hull's area; 0 where it is absent."""
    return view.named_foreground([_solidity(found.largest) for found in view.objects[1:]])


def _solidity(mask: NDArray[np.bool_]) -> float:
    import numpy as np
    from scipy.spatial import ConvexHull

    rows = mask.any(axis=1).nonzero()[0]
    if not rows.size:
        return 0.0
    left = mask[rows].argmax(axis=1)
    right = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    # Corners of pixels, not their centres: so the hull of one pixel has an area, too.
    corners = [np.stack([rows + down, side], axis=1) for down in (0, 1) for side in (left, right)]
    return float(min(mask.sum() / ConvexHull(np.concatenate(corners)).volume, 1.0))
