"""Samples dealt to the splits by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.contract import SumsTo
from stagewright.stages import data
from stagewright.stages.data import SPLITS, SplitInputs

Share = Annotated[float, Field(gt=0, lt=1), SumsTo(1)]


@data.split
def random(
    inputs: SplitInputs,
    /,
    *,
    train: Annotated[Share, Field(description="share of the samples to learn from")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge the chosen model on")] = 0.15,
) -> Sequence[str]:
    """Every sample alone; only for samples that have nothing to do with one another.

    Raises:
        StagewrightError: the shares do not sum to 1.
    """
    import numpy as np

    from ._shares import checked, counts

    total = len(inputs.rows)
    parts = counts(total, checked(train, validation, test))
    names = np.empty(total, dtype=object)
    names[np.random.default_rng([inputs.seed, 1]).permutation(total)] = np.repeat(SPLITS, parts)
    return names.tolist()
