"""Variants of the model, each measured as it would be deployed; the fastest one inside the limits goes on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect
from stagewright.stages import compress
from stagewright.stages.compress import Compressed, Inputs, StepChoice

from ._limits import Limits
from ._misfits import misfits
from ._space import Search


@compress.stage(misfits=misfits)
def standard(
    inputs: Inputs,
    /,
    *,
    steps: Annotated[
        list[StepChoice],
        Field(description="each works on the newest variant before it that it can work on"),
    ],
    limits: Annotated[Limits, Field(description="what the chosen variant may cost and lose")],
    threads: Annotated[int, Field(ge=1, le=256, description="CPU threads of the runtime that is timed")] = 1,
    slices: Annotated[
        list[str] | None,
        Field(description="columns for `slice_drop`; those of the evaluation if not said"),
    ] = None,
    quantiles: Annotated[
        int, Field(ge=2, le=20, description="slices into which a numeric column is cut, of equal size")
    ] = 4,
    minimum_slice: Annotated[
        int, Field(ge=1, description="samples below which a slice is not held against `slice_drop`")
    ] = 10,
    search: Annotated[
        Search | None, Field(description="settings of the steps to look for by Optuna, instead of those said")
    ] = None,
    keep: Annotated[
        bool,
        WithoutEffect(),
        Field(description="keep the files of every variant on the front, not only the chosen"),
    ] = True,
) -> Compressed:
    """Measure every variant on the validation split, choose, and hold the limits on the test split.

    The model as trained, exported as fp32 ONNX, is a variant too. Latency is that of one request of one sample on
    onnxruntime, by turns with the fp32 file. The step leaves `model.onnx`, `variants.json` and, of the chosen
    variant on the test split, `per_sample.parquet`. With no variant inside the limits the nearest is left, the
    test split stays untouched and the verdicts fail.

    Raises:
        StagewrightError: a step that fits no model before it; a limit on a metric or a slice by a column that
            does not exist; a search over a setting that the steps do not have.
    """
    from ._stage import Settings, compressed

    return compressed(
        inputs, Settings(tuple(steps), limits, threads, slices, quantiles, minimum_slice, search, keep)
    )
