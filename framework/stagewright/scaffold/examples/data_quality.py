"""A quality metric: share of pixels that are blown out."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import data


@data.quality(suspicious="high", low=0, high=1)
def glare(
    view: object, /, *, limit: Annotated[float, Field(gt=0, le=1, description="grey value, of 1")] = 0.98
) -> float:
    """Share of pixels brighter than `limit`; a view has `grey`, `target`, `objects` and more, each computed once."""
    return float((view.grey > limit).mean())  # yours: the measure
