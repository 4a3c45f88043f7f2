"""How far the content is turned from the picture's axes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="both", low=-45, high=45, unit="degree")
def tilt(
    view: ImageView,
    /,
    *,
    threshold: Annotated[
        float,
        Field(ge=0, lt=1, description="share by which moments along the axes must differ for a direction"),
    ] = 0.02,
) -> float:
    """Angle between the principal axis of the grey levels and the picture's nearest axis, clockwise.

    By second moments (Hu, 1962, doi:10.1109/TIT.1962.1057692); 0 where no direction stands out.
    """
    import numpy as np

    weights = view.grey.astype(np.float64)
    total = weights.sum()
    if not total:
        return 0.0
    rows, columns = (np.arange(n) for n in view.size)
    y, x = rows - weights.sum(axis=1) @ rows / total, columns - weights.sum(axis=0) @ columns / total
    yy, xx, xy = weights.sum(axis=1) @ y**2, weights.sum(axis=0) @ x**2, y @ weights @ x
    if np.hypot(2 * xy, xx - yy) <= max(threshold, 1e-6) * (xx + yy):
        return 0.0
    angle = np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
    return float(angle - 90 * np.round(angle / 90))
