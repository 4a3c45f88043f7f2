"""A weighted sum of other losses, each a plugin of its own: `{type: sum, of: [dice, {type: focal, weight: 0.5}]}`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.errors import StagewrightError
from stagewright.stages import train
from stagewright.stages.framing import Task
from stagewright.stages.train import LossChoice


@train.loss
def sum(  # named for the recipe: `type: sum`
    task: Task,
    /,
    *,
    of: Annotated[list[LossChoice], Field(min_length=1, description="the losses to add")],
    weights: Annotated[
        tuple[Annotated[float, Field(ge=0)], ...] | None,
        Field(
            description="one more weight per loss, for losses without a setting `weight`; all 1 if not said"
        ),
    ] = None,
    weight: Annotated[
        float, Field(ge=0, description="what it is multiplied by, among others in `sum`")
    ] = 1.0,
) -> Any:
    """Add losses; logits (N, K, H, W), target (N, H, W) → scalar.

    Raises:
        StagewrightError: no loss, or not one weight per loss.
    """
    from ._overlap import Weighted

    if not of:
        raise StagewrightError("loss `sum` adds nothing: name losses under `of`")
    if weights is not None and len(weights) != len(of):
        raise StagewrightError(
            f"loss `sum` has {len(of)} losses and {len(weights)} weights; give one per loss"
        )
    return Weighted([part(task) for part in of], [weight * each for each in weights or [1.0] * len(of)])
