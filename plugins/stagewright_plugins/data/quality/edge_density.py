"""How much of a picture is edge."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of pixels")
def edge_density(
    view: ImageView,
    /,
    *,
    threshold: Annotated[
        float, Field(gt=0, le=1, description="gradient, full scale per pixel, from which a pixel is an edge")
    ] = 0.05,
) -> float:
    """Pixels with a steep gradient (Sobel)."""
    return float((view.gradient >= threshold).mean())
