"""How wide objects are for their height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@data.quality(suspicious="both", low=0, unit="width / height", level="target", names="foreground")
def object_aspect_ratio(view: ImageView, /) -> dict[str, float]:
    """Width by height of the box around a class's largest object; 0 where the class is absent."""
    return view.named_foreground([_ratio(found.largest) for found in view.objects[1:]])


def _ratio(mask: NDArray[np.bool_]) -> float:
    height, width = (int(mask.any(axis=axis).nonzero()[0].size) for axis in (1, 0))
    return width / height if height else 0.0
