"""An ensemble of a sweep's best models, as an approach like any other."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Inputs, Model

from ._misfits import misfits


@train.stage(follows_sweep=True, misfits=misfits)
def ensemble(
    inputs: Inputs,
    /,
    *,
    method: Annotated[
        Literal["average", "weighted", "greedy", "stacking"],
        Field(
            description="equal shares; shares by validation metric; the members that help most; "
            "a logistic model over all answers"
        ),
    ] = "greedy",
    candidates: Annotated[int, Field(ge=2, le=100, description="the sweep's best trials to choose from")] = 8,
    folds: Annotated[
        int,
        Field(
            ge=2,
            le=20,
            description="parts of the validation split; a fitted method is scored on the part left out",
        ),
    ] = 5,
) -> Model:
    """Combine the models that a sweep trained; nothing is trained anew.

    Members answer the validation split, and the method is fitted to their answers. For `greedy` and `stacking` the
    validation values are those of answers to samples that the combination was not fitted to (cross-fitting by
    whole groups where the data has them), so that an ensemble is not chosen for what it learned by heart.

    Networks become one network (`train.model` `ensemble`), distilled to a single model by `compress.step` `distill`.
    Models of a table become one `model.onnx` with the members and their preprocessing inside. Either is evaluated,
    packed and served as a single model is.

    Raises:
        StepError: the recipe has no sweep, fewer than two of its models can be combined, their data differ, or one
            is gone.
    """
    from ._ensemble import combined

    return combined(inputs, method, candidates, folds)
