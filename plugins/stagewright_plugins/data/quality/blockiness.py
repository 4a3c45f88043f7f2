"""How visible the blocks of JPEG compression are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright_plugins.imaging.view import ImageView


@data.quality(suspicious="high", low=-1, high=1, unit="score")
def blockiness(
    view: ImageView,
    /,
    *,
    block: Annotated[int, Field(ge=2, le=64, description="edge of a block, pixels; 8 in JPEG")] = 8,
) -> float:
    """Steps between neighbours across the borders of blocks (b) and elsewhere (o): (b - o) / (b + o).

    0 without blocks, 1 if all steps are at borders; after Wang et al. (2002, doi:10.1109/ICIP.2002.1038064).
    Blocks are looked for where the codec put them, so only a picture that was not resized shows any.
    """
    import numpy as np

    steps, borders = [], []
    for axis in (0, 1):
        step = np.abs(np.diff(view.grey, axis=axis)).mean(axis=1 - axis, dtype=np.float64)
        steps.append(step)
        borders.append(np.arange(1, len(step) + 1) % block == 0)
    step, border = np.concatenate(steps), np.concatenate(borders)
    if not border.any() or border.all():
        return 0.0
    across, elsewhere = float(step[border].mean()), float(step[~border].mean())
    return (across - elsewhere) / (across + elsewhere) if across + elsewhere else 0.0
