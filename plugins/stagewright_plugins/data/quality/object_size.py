"""How large the objects are."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of pixels", level="target", names="foreground")
def object_size(view: ImageView, /) -> dict[str, float]:
    """Median size of a class's objects as a share of the picture; 0 where the class is absent."""
    import numpy as np

    sizes = [found.sizes for found in view.objects[1:]]
    return view.named_foreground([np.median(s) / view.target.size if len(s) else 0.0 for s in sizes])
