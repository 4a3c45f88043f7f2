"""How thin or ragged a class is."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="share of the class", level="target", names="foreground")
def thinness(view: ImageView, /) -> dict[str, float]:
    """Pixels of a class at its outline as a share of it: 1 if no pixel lies inside.

    At the outline, a neighbour above, below, left or right is of another class. 0 where the class is absent
    or fills the picture.
    """
    import numpy as np

    outline = np.bincount(view.target[view.boundary], minlength=len(view.classes))[: len(view.classes)]
    return view.named_foreground((outline / np.maximum(view.pixels, 1))[1:])
