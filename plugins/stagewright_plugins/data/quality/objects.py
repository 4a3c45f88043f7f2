"""How many separate objects a mask has."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, unit="objects", level="target")
def objects(
    view: ImageView,
    /,
    *,
    include_background: Annotated[
        bool, Field(description="count the regions of the first class too")
    ] = False,
    min_pixels: Annotated[
        int, Field(ge=1, description="pixels below which a region is a speck, not counted")
    ] = 1,
) -> dict[str, float]:
    """Connected regions of each class; pixels that touch at a corner are connected (8-connected)."""
    counts = [
        int((found.sizes >= min_pixels).sum()) for found in view.objects[0 if include_background else 1 :]
    ]
    return view.named(counts) if include_background else view.named_foreground(counts)
