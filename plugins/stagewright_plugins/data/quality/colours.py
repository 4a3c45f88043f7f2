"""How much of a picture is red, green or blue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(suspicious="both", low=0, high=1, unit="share of pixels", names=("red", "green", "blue"))
def colours(view: ImageView, /) -> dict[str, float]:
    """Pixels that are clearly red (hue 340-20 degrees), green (70-150) or blue (180-260).

    With saturation of at least 50/255 and value of at least 40/255, as Encord Active has it; 0 for all
    without three channels.
    """
    import numpy as np

    if len(view.input) != 3:
        return dict.fromkeys(("red", "green", "blue"), 0.0)
    hue, chroma, value = _hue_chroma_value(view.input.astype(np.float64))
    vivid = (value >= 40) & (chroma * 255 >= 50 * value)
    ranges = {
        "red": (hue >= 340) | (hue <= 20),
        "green": (hue >= 70) & (hue <= 150),
        "blue": (hue >= 180) & (hue <= 260),
    }
    return {name: float((vivid & inside).mean()) for name, inside in ranges.items()}


def _hue_chroma_value(rgb: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Hue in degrees [0, 360), chroma and value in the picture's units; hue is 0 without chroma."""
    import numpy as np

    red, green, blue = rgb
    value = rgb.max(axis=0)
    chroma = value - rgb.min(axis=0)
    scale = 60 / np.maximum(chroma, 1)
    sextants = [((green - blue) * scale) % 360, (blue - red) * scale + 120, (red - green) * scale + 240]
    hue = np.select([chroma == 0, value == red, value == green], [0, *sextants[:2]], sextants[2])
    return hue, chroma, value
