"""How many pixels a picture has."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=1, unit="pixels")
def resolution(view: ImageView, /) -> float:
    """Width times height before the picture was brought to its working size, where that is known."""
    height, width = view.original_size
    return float(width * height)
