"""A source that draws its pictures: discs on noise."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import data
from stagewright.stages.data import Card, Sample, Source, SourceInputs
from stagewright.stages.known import Declared


# yours: what `check` knows before any work; the names of the samples' `tags` are its columns
@data.source(declares=lambda settings: Declared("CC0-1.0", "none", columns=()))
def drawn_discs(
    inputs: SourceInputs, /, *, count: Annotated[int, Field(ge=1, description="pictures")] = 60
) -> Source:
    """A grey disc per picture, its mask beside it."""
    import numpy as np

    def read(id: str) -> Sample:
        random = np.random.default_rng([inputs.context.seed, int(id)])
        y, x, radius = random.uniform(10, 22), random.uniform(10, 22), random.uniform(5, 9)
        rows, columns = np.mgrid[:32, :32]  # yours: how an id becomes a picture and its mask
        mask = np.hypot(rows - y, columns - x) < radius
        picture = random.normal(60, 12, mask.shape) + 110 * mask
        return Sample(picture.clip(0, 255).astype(np.uint8), mask.astype(np.uint8))

    card = Card("drawn discs", "CC0-1.0", "drawn by this plugin", "none")
    return Source([str(i) for i in range(count)], read, card, "image")
