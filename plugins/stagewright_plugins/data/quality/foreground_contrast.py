"""How far a class stands out from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(
    suspicious="low", low=0, high=1, unit="share of the variance", level="target", names="foreground"
)
def foreground_contrast(view: ImageView, /) -> dict[str, float]:
    """Variance of the grey levels between a class and all else, as a share of the whole variance.

    1 if two levels tell them apart, 0 if the means are equal, the class is absent or fills the picture;
    independent of brightness and contrast (Otsu, 1979, doi:10.1109/TSMC.1979.4310076).
    """
    return view.named_foreground([_separation(view, found.mask) for found in view.objects[1:]])


def _separation(view: ImageView, mask: NDArray[np.bool_]) -> float:
    import numpy as np

    share = float(mask.mean())
    if share in (0, 1) or not view.std:
        return 0.0
    inside = float(view.grey[mask].mean(dtype=np.float64))
    between = share / (1 - share) * (inside - view.mean) ** 2
    return min(between / view.std**2, 1.0)
