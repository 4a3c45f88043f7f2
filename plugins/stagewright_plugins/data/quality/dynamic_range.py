"""How much of the grey scale is used."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=1, unit="share of full scale")
def dynamic_range(
    view: ImageView,
    /,
    *,
    outside: Annotated[
        float, Field(ge=0, lt=0.5, description="share of the pixels left out at each end, against stray ones")
    ] = 0.01,
) -> float:
    """Distance between two grey levels that hold all but the darkest and brightest pixels between them."""
    import numpy as np

    below = np.cumsum(view.histogram)
    low = np.searchsorted(below, outside * below[-1], side="right")
    high = np.searchsorted(below, (1 - outside) * below[-1], side="left")
    return float(max(high - low, 0) / 255)
