"""How colourful a picture is."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=0, unit="share of full scale")
def colourfulness(view: ImageView, /) -> float:
    """Spread and mean of the opponent colours (Hasler and Suesstrunk, 2003, doi:10.1117/12.477378).

    0 where the picture has other than three channels, or three equal ones.
    """
    import numpy as np

    if len(view.input) != 3:
        return 0.0
    red, green, blue = view.input / 255
    opponents = red - green, (red + green) / 2 - blue
    spread = np.hypot(*(o.std() for o in opponents))
    return float(spread + 0.3 * np.hypot(*(o.mean() for o in opponents)))
