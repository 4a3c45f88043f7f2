"""How wide a picture is for its height."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, unit="width / height")
def aspect_ratio(view: ImageView, /) -> float:
    """Width by height before the picture was brought to its working size, where that is known."""
    height, width = view.original_size
    return width / height
