"""Whether annotations have holes."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="share of the filled area", level="target")
def holes(view: ImageView, /) -> float:
    """Pixels of the first class that other classes enclose, as a share of what they cover with holes filled.

    An enclosed region is one that does not reach the picture's edge, not even across corners.
    """
    background = view.objects[0]
    enclosed = int(background.sizes[~background.at_edge].sum())
    return enclosed / max(enclosed + int(view.pixels[1:].sum()), 1)
