"""How close objects are to a disc."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=1, unit="score", level="target", names="foreground")
def compactness(view: ImageView, /) -> dict[str, float]:
    """Area squared by 2 pi times the second moment: 1 for a disc, 3 / pi for a square, 0 for a thread.

    Zunic et al. (2010, doi:10.1016/j.patcog.2009.06.017); the inverse of Hu's first invariant, steadier on
    pixels than anything with a perimeter. Mean over the objects of a class by size; 0 where it is absent.
    """
    from math import pi

    import numpy as np

    values = [found.sizes / (2 * pi * (found.moments[0] + found.moments[1])) for found in view.objects[1:]]
    pairs = zip(view.objects[1:], values, strict=True)
    # A disc of pixels is a trace more compact than the disc it stands for.
    return view.named_foreground([found.average(np.minimum(value, 1)) for found, value in pairs])
