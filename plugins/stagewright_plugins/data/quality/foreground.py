"""How much of the picture is annotated."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of pixels", level="target")
def foreground(view: ImageView, /) -> float:
    """Pixels of all classes but the first as a share of all pixels (object density)."""
    return float(view.pixels[1:].sum() / view.target.size)
