"""Gradient-boosted trees for tables: scikit-learn's histogram booster, left as ONNX with its preprocessing inside."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Inputs, Model


@train.stage(fits=("classification",), time_by="iterations")
def gradient_boosting(
    inputs: Inputs,
    /,
    *,
    iterations: Annotated[
        int, Field(ge=1, le=10_000, description="trees at most, per class of more than two")
    ] = 200,
    learning_rate: Annotated[float, Field(gt=0, le=1, description="what each tree may add")] = 0.05,
    leaves: Annotated[int, Field(ge=2, le=1024, description="leaves of a tree at most")] = 15,
    minimum_leaf: Annotated[int, Field(ge=1, description="rows of a leaf at least")] = 100,
    l2: Annotated[float, Field(ge=0, description="pull of leaf values towards zero")] = 10.0,
    minimum_category: Annotated[
        int, Field(ge=1, description="rows below which a category counts as unknown")
    ] = 50,
    patience: Annotated[
        int, Field(ge=1, description="checks on validation without a better value before training ends")
    ] = 3,
    every: Annotated[int, Field(ge=1, description="trees between two checks on validation")] = 20,
    # Not `WithoutEffect`: the number of threads decides in which order sums are rounded.
    threads: Annotated[int, Field(ge=1, le=256, description="CPU threads")] = 1,
) -> Model:
    """Histogram gradient boosting (Friedman, 2001; Ke et al., 2017) on the train split.

    The number of trees is the one with the best leading metric on validation, of those that were checked. Missing
    numbers, unknown and rare categories go the way that suits the train split. Leaves `model.onnx`, one input per
    column, and `history.json`.

    Raises:
        StagewrightError: the data is no table, or a split is empty.
    """
    from ._boosting import Plan, boosted

    plan = Plan(
        iterations=iterations,
        learning_rate=learning_rate,
        leaves=leaves,
        minimum_leaf=minimum_leaf,
        l2=l2,
        minimum_category=minimum_category,
        patience=patience,
        every=every,
        threads=threads,
    )
    return boosted(inputs, plan)
