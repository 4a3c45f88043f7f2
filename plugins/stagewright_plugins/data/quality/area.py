"""How much of the picture each class covers."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of pixels", level="target", names="classes")
def area(view: ImageView, /) -> dict[str, float]:
    """Pixels of each class as a share of all pixels, background included.

    Ignored pixels count for no class.
    """
    return view.named(view.pixels / view.target.size)
