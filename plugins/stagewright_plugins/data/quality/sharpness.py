"""How sharp edges are."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="low", low=0, high=16, unit="squared share of full scale")
def sharpness(view: ImageView, /) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., 2000, doi:10.1109/ICPR.2000.903548).

    Noise raises it, too: read it beside `noise`, or see `blur`. It depends on the working size.
    """
    return float(view.laplacian.var(dtype="float64"))
