"""Whether objects are cut off by the picture's edge."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=0, high=1, unit="share of the class", level="target", names="foreground")
def border_contact(view: ImageView, /) -> dict[str, float]:
    """A class's pixels in objects that reach the picture's edge, as a share of it; 0 where absent."""
    return view.named_foreground([found.average(found.at_edge) for found in view.objects[1:]])
