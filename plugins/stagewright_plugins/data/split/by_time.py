"""The past to learn from, the newest samples to judge on."""

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
def by_time(
    inputs: SplitInputs,
    /,
    *,
    train: Annotated[Share, Field(description="share of the samples to learn from, the oldest")] = 0.7,
    validation: Annotated[Share, Field(description="share of the samples to choose models on")] = 0.15,
    test: Annotated[Share, Field(description="share of the samples to judge on, the newest")] = 0.15,
) -> Sequence[str]:
    """Train is older than validation, validation older than test; samples of one moment stay together.

    Times are ISO 8601; those without a zone count as UTC.

    Raises:
        StagewrightError: a sample has no time or one that cannot be read, or the shares do not sum to 1.
    """
    import numpy as np
    import pandas as pd

    from ._shares import checked, counts

    shares = checked(train, validation, test)
    moments = pd.to_datetime(inputs.rows["time"], utc=True, errors="coerce", format="ISO8601")
    if moments.isna().any():
        first = inputs.rows["id"][moments.isna()].iloc[0]
        raise StagewrightError(
            f"data.split: 'by_time' needs an ISO 8601 time for every sample, {int(moments.isna().sum())} of "
            f"{len(moments)} have none, such as {first!r}"
        )
    ordered = np.sort(moments.to_numpy())
    ends = np.cumsum(counts(len(ordered), shares))
    starts = ordered[ends[:2].clip(max=len(ordered) - 1)]  # of validation and of test
    return np.array(("train", "validation", "test"))[
        np.searchsorted(starts, moments.to_numpy(), side="right")
    ].tolist()
