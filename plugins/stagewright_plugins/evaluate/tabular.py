"""The chosen model of a table on the test split: scores, slices, calibration, threshold, importance, errors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect
from stagewright.stages import evaluate
from stagewright.stages.evaluate import Inputs
from stagewright.stages.review import Review
from stagewright.stages.scores import Scores

from ._misfits import misfits


@evaluate.stage(fits=("classification",), misfits=misfits)
def tabular(
    inputs: Inputs,
    /,
    *,
    slices: Annotated[
        list[str], Field(description="columns by whose values the scores are given separately")
    ] = [],  # noqa: B006  # read only
    quantiles: Annotated[
        int, Field(ge=2, le=20, description="slices into which a numeric column is cut, of equal size")
    ] = 4,
    minimum_slice: Annotated[
        int, Field(ge=1, description="rows below which a slice is marked as small and not judged")
    ] = 200,
    miss_cost: Annotated[
        float | None,
        Field(
            gt=0,
            description="what a miss costs in false alarms, to choose the threshold; best F1 if not said",
        ),
    ] = None,
    bins: Annotated[
        int, Field(ge=2, le=100, description="points of the calibration curve, of equal size")
    ] = 15,
    importance_rows: Annotated[
        int, Field(ge=0, description="test rows on which columns are shuffled, drawn by seed; 0: not at all")
    ] = 4000,
    errors: Annotated[int, Field(ge=0, le=1000, description="most confident errors to list")] = 20,
    review: Annotated[
        Review, WithoutEffect(), Field(description="whether a person must accept the evaluation, and who")
    ] = Review(),
) -> Scores:
    """Score rows of the test split; intervals resample whole groups (days).

    The step leaves `per_sample.parquet`, `predictions.parquet`, `baseline.json`, `slices.json`, `calibration.json`,
    `confusion.json`, `importance.json` and `errors.json`.

    Raises:
        StagewrightError: a slice names a column that the data does not have, or the data is no table.
    """
    from ._tabular import Settings, evaluated

    settings = Settings(
        slices=slices,
        quantiles=quantiles,
        minimum_slice=minimum_slice,
        miss_cost=miss_cost,
        bins=bins,
        importance_rows=importance_rows,
        errors=errors,
    )
    return evaluated(inputs, settings)
