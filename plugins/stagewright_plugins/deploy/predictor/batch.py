"""Many samples with one package: streamed, in shards, and taken up again after a kill."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import PredictorInputs


@deploy.predictor
def batch(
    inputs: PredictorInputs,
    /,
    *,
    batch_size: Annotated[
        int, Field(ge=1, le=4096, description="samples predicted at once; bounds memory")
    ] = 16,
    shard: Annotated[
        int, Field(ge=1, le=1_000_000, description="samples per output file; what a kill can cost")
    ] = 1000,
    threads: Annotated[int, Field(ge=0, le=256, description="threads of a prediction; 0: one per CPU")] = 0,
    masks: Annotated[
        bool, Field(description="whether to write masks as PNG, class indices as grey values")
    ] = True,
    format: Annotated[
        Literal["parquet", "csv", "jsonl"], Field(description="of the output files: `part-*.<format>`")
    ] = "parquet",
    id: Annotated[
        str | None,
        Field(
            min_length=1,
            description="column that names a row of a table; if not said, the one that named them in training, else "
            "`id`; without either they are numbered from 0",
        ),
    ] = None,
) -> int:
    """Pictures, a folder of them, `datasets` folders, Parquet, CSV, JSON lines, of texts a text a line too →
    `predictions/part-*.parquet`, `masks/*.png`.

    The package answers through the backend that serves it. A sample that cannot be read is a row with an `error`.

    Raises:
        StagewrightError: the package is refused, there is nothing to predict, or `out` holds other predictions.
    """
    from ._predicting import Settings, predicted

    return predicted(inputs, Settings(batch_size, shard, threads, masks, format, id))
