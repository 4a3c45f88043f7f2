"""How bright a picture is."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, high=1, unit="share of full scale")
def brightness(view: ImageView, /) -> float:
    """Mean of the grey picture."""
    return view.mean
