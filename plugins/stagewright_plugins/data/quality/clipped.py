"""How much of a picture is black or white without detail."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="share of values", names=("dark", "bright"))
def clipped(
    view: ImageView,
    /,
    *,
    margin: Annotated[
        int, Field(ge=0, le=64, description="grey levels from either end that count as clipped")
    ] = 0,
) -> dict[str, float]:
    """Values at the dark and at the bright end of the scale, over all channels: `dark`, `bright`."""
    dark, bright = view.input <= margin, view.input >= 255 - margin
    return {"dark": float(dark.mean()), "bright": float(bright.mean())}
