"""Samples dealt by a hash of what names them, so that each keeps its split as the data grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.contract import SumsTo
from stagewright.stages import data
from stagewright.stages.data import SPLITS, SplitInputs

Share = Annotated[float, Field(gt=0, lt=1), SumsTo(1)]


@data.split
def by_hash(
    inputs: SplitInputs,
    /,
    *,
    train: Annotated[Share, Field(description="share of the samples to learn from")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge the chosen model on")] = 0.15,
) -> Sequence[str]:
    """By group where a sample has one, else by id: whole groups stay together, and no other sample matters.

    A sample added later moves none of the others, so nothing that a model was judged on is ever learned from.
    Shares are met by chance: of n samples or groups, each is off by about sqrt(share * (1 - share) / n).

    Raises:
        StagewrightError: the shares do not sum to 1.
    """
    import numpy as np

    from ._shares import checked, drawn

    ends = np.cumsum(checked(train, validation, test))[:2]
    names = zip(inputs.rows["group"], inputs.rows["id"], strict=True)
    places = [drawn(f"group {group}" if group else f"sample {name}", inputs.seed) for group, name in names]
    return np.array(SPLITS)[np.searchsorted(ends, places, side="right")].tolist()
