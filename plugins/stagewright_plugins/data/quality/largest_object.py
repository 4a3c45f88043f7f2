"""Whether a class is in one piece."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=1, unit="share of the class", level="target", names="foreground")
def largest_object(view: ImageView, /) -> dict[str, float]:
    """The largest object's share of its class's pixels: 1 in one piece, near 0 in crumbs, 0 where absent."""
    shares = [
        found.sizes.max() / found.sizes.sum() if len(found.sizes) else 0.0 for found in view.objects[1:]
    ]
    return view.named_foreground(shares)
