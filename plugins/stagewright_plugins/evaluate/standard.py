"""The chosen model on the test split: scores, slices, worst samples, error types, and what explains them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect
from stagewright.stages import evaluate
from stagewright.stages.evaluate import Inputs
from stagewright.stages.review import Review
from stagewright.stages.scores import Scores

from ._misfits import misfits


@evaluate.stage(fits=("segmentation",), misfits=misfits)
def standard(
    inputs: Inputs,
    /,
    *,
    slices: Annotated[
        list[str],
        Field(description="tags or quality columns by whose values the scores are given separately"),
    ] = [],  # noqa: B006  # read only
    quantiles: Annotated[
        int, Field(ge=2, le=20, description="slices into which a numeric column is cut, of equal size")
    ] = 4,
    minimum_slice: Annotated[
        int, Field(ge=1, description="samples below which a slice is marked as small and not judged")
    ] = 10,
    worst: Annotated[int, Field(ge=0, le=200, description="samples with the worst score to picture")] = 12,
    outcomes: Annotated[
        list[Annotated[float, Field(ge=0, lt=1)]],
        Field(min_length=1, description="IoU above which a predicted object matches a true one, 0 to 1"),
    ] = [0.5, 0.75],  # noqa: B006  # read only
    boundary: Annotated[
        float, Field(gt=0, description="pixels from a true outline within which an error is a boundary error")
    ] = 2.0,
    tiny: Annotated[
        int, Field(ge=1, description="pixels below which an object is a speck, counted apart from objects")
    ] = 8,
    explain: Annotated[
        bool, Field(description="whether to look for quality columns that explain the errors")
    ] = True,
    batch_size: Annotated[
        int, WithoutEffect(), Field(ge=1, le=4096, description="samples predicted at once; bounds memory")
    ] = 32,
    review: Annotated[
        Review, WithoutEffect(), Field(description="whether a person must accept the evaluation, and who")
    ] = Review(),
) -> Scores:
    """Score segmentations on the test split in one pass over it; the model's runtime follows its format.

    The step leaves `per_sample.parquet`, `slices.json`, `objects.parquet`, `overlaps.parquet`,
    `outcomes.json`, `confusion.json`, `explain.json` and the pictures of the report.

    Raises:
        StagewrightError: a slice names a column that the data does not have.
    """
    from ._stage import Settings, evaluated

    settings = Settings(
        slices=slices,
        quantiles=quantiles,
        minimum_slice=minimum_slice,
        worst=worst,
        thresholds=sorted(set(outcomes)),
        boundary=boundary,
        tiny=tiny,
        explain=explain,
        batch_size=batch_size,
    )
    return evaluated(inputs, settings)
