"""Copies by the difference of two pictures."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Duplicates, DuplicatesInputs


@data.duplicates
def nearly_equal(
    inputs: DuplicatesInputs,
    /,
    *,
    levels: Annotated[float, Field(ge=0, description="mean difference of a pair, of 255 grey levels")] = 2.0,
) -> Duplicates:
    """All pairs that differ by less than `levels`; compares each with each, so for small data only."""
    import numpy as np

    flat, pairs = inputs.pictures.reshape(len(inputs.ids), -1).astype(np.float32), []
    for i, picture in enumerate(flat):
        distances = np.abs(flat[i + 1 :] - picture).mean(axis=1)  # yours: how far apart two pictures are
        pairs += [
            (inputs.ids[i], inputs.ids[i + 1 + j], float(distances[j]))
            for j in np.flatnonzero(distances <= levels)
        ]
    return Duplicates(pairs)
