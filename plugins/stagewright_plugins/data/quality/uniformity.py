"""How much of a picture is flat."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="share of pixels")
def uniformity(
    view: ImageView,
    /,
    *,
    threshold: Annotated[
        float,
        Field(gt=0, le=0.5, description="standard deviation, share of full scale, below which it is flat"),
    ] = 0.01,
) -> float:
    """Pixels around which (7 x 7 pixels) grey levels hardly vary; 1 for a constant picture."""
    return float((view.local_std < threshold).mean())
