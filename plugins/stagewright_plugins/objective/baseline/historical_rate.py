"""How often it happened before: shares of the classes by a few columns, no model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import baseline
from stagewright.stages.baseline import Inputs
from stagewright.stages.scores import Scores


@baseline.stage(fits=("classification",))
def historical_rate(
    inputs: Inputs,
    /,
    *,
    by: Annotated[
        list[str],
        Field(min_length=1, description="columns to look rates up by, the most important one first"),
    ],
    prior: Annotated[
        float, Field(gt=0, description="rows' worth of the coarser rate that each rate is pulled towards")
    ] = 30.0,
) -> Scores:
    """Class shares of the train split among rows that agree in `by`; where none does, in all but the last, and so on.

    Raises:
        StagewrightError: the data is no table, or has no such column.
    """
    from stagewright_plugins.scoring import table_baseline

    return table_baseline.scored(inputs, by, prior)
