"""The chosen model of a translation on the test split: BLEU, slices, the memory beside it, mistakes, worst texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect
from stagewright.stages import evaluate
from stagewright.stages.evaluate import Inputs
from stagewright.stages.review import Review
from stagewright.stages.scores import Scores

from ._misfits import misfits


@evaluate.stage(misfits=misfits)
def text(
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
        int, Field(ge=1, description="texts below which a slice is marked as small and not judged")
    ] = 30,
    worst: Annotated[int, Field(ge=0, le=1000, description="worst translations to list")] = 20,
    review: Annotated[
        Review, WithoutEffect(), Field(description="whether a person must accept the evaluation, and who")
    ] = Review(),
) -> Scores:
    """Translate the test split once; intervals resample whole groups, the gain over the baseline is paired.

    The step leaves `sources.txt`, `hypotheses.txt` and `references.txt` (one text per line, as the command `sacrebleu`
    reads them), `bleu.json`, `translations.parquet`, `per_sample.parquet`, `baseline.json`, `slices.json`,
    `likeness.json` and `mistakes.json`.

    Raises:
        StagewrightError: a slice names a column that the data does not have, or the data is no parallel text.
    """
    from ._text import Settings, evaluated

    return evaluated(inputs, Settings(slices, quantiles, minimum_slice, worst))
