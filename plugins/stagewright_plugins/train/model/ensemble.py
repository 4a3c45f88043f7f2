"""Several models that answer as one: what the train stage `ensemble` leaves."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from stagewright.stages import train
from stagewright.stages.framing import Task
from stagewright.stages.train import ModelChoice


class Stacking(BaseModel):
    """A logistic model over the members' log-probabilities."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    scale: list[list[float]] = Field(description="weight of each member and class, (members, classes)")
    bias: list[float] = Field(description="of each class")


@train.model
def ensemble(
    task: Task,
    /,
    *,
    members: Annotated[list[ModelChoice], Field(min_length=1, description="the models that answer together")],
    weights: Annotated[
        list[Annotated[float, Field(ge=0)]] | None,
        Field(description="each member's share of the mean of probabilities; equal if not said"),
    ] = None,
    stacking: Annotated[Stacking | None, Field(description="instead of a weighted mean")] = None,
) -> Any:
    """Input of the members → the logarithm of their weighted mean of probabilities, (N, K, ...) as logits.

    Named in a recipe, all members are trained together from new weights.

    Raises:
        StagewrightError: not one weight per member, or all are 0.
    """
    from ._ensemble import Ensemble

    scale = (stacking.scale, stacking.bias) if stacking else None
    return Ensemble([member(task) for member in members], weights, scale)
