"""Whole groups dealt to the splits by chance: patients, scanners, sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.contract import SumsTo
from stagewright.errors import StagewrightError
from stagewright.stages import data
from stagewright.stages.data import SplitInputs

Share = Annotated[float, Field(gt=0, lt=1), SumsTo(1)]


@data.split
def grouped(
    inputs: SplitInputs,
    /,
    *,
    train: Annotated[Share, Field(description="share of the samples to learn from")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge the chosen model on")] = 0.15,
) -> Sequence[str]:
    """No group is in two splits; shares of samples are met as closely as the groups' sizes allow.

    Groups come in random order, each to the split that lacks most samples.

    Raises:
        StagewrightError: a sample has no group, there are fewer than three groups, or the shares do not sum
            to 1.
    """
    import numpy as np

    from ._shares import checked, dealt

    shares = checked(train, validation, test)
    without = int((inputs.rows["group"] == "").sum())
    if without:
        raise StagewrightError(
            f"data.split: 'grouped' needs a group for every sample, {without} of {len(inputs.rows)} have none"
        )
    sizes = inputs.rows.groupby("group", sort=True).size()
    if len(sizes) < 3:
        raise StagewrightError(f"data.split: 'grouped' needs at least 3 groups, there are {len(sizes)}")
    order = np.random.default_rng([inputs.seed, 2]).permutation(len(sizes))
    split_of = dict(zip(sizes.index[order], dealt(sizes.iloc[order].tolist(), shares), strict=True))
    return [split_of[group] for group in inputs.rows["group"]]
