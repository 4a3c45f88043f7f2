"""How far grey levels spread."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=0.5, unit="share of full scale")
def contrast(view: ImageView, /) -> float:
    """Standard deviation of the grey picture: RMS contrast (Peli, 1990, doi:10.1364/JOSAA.7.002032)."""
    return view.std
