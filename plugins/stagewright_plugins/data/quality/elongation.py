"""How elongated objects are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(suspicious="both", low=0, high=1, unit="score", level="target", names="foreground")
def elongation(view: ImageView, /) -> dict[str, float]:
    """How far the axes of the ellipse with the same second moments differ: 1 - minor / major.

    0 for a disc or a square, towards 1 for a line, whatever its direction. Mean over the objects of a class
    by size; 0 where it is absent.
    """
    return view.named_foreground([found.average(_elongation(found.moments)) for found in view.objects[1:]])


def _elongation(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    yy, xx, yx = moments
    middle, spread = (yy + xx) / 2, np.hypot((yy - xx) / 2, yx)
    return 1 - np.sqrt((middle - spread) / (middle + spread))
