"""Another model with fewer channels in its layers: what structured pruning leaves, and can be trained again."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task
from stagewright.stages.train import ModelChoice

Channels = Annotated[int, Field(ge=1)]


@train.model
def pruned(
    task: Task,
    /,
    *,
    model: Annotated[ModelChoice, Field(description="the model before its channels were removed")],
    sizes: Annotated[
        dict[str, Annotated[list[Channels], Field(min_length=1, max_length=2)]],
        Field(description="layer → [outside, inside] channels, or [channels] of a normalisation"),
    ],
) -> Any:
    """The inner model with these layers resized, with new random weights; made by the compress step `prune`.

    Raises:
        StagewrightError: a layer that the model does not have, or that cannot have that size.
    """
    from stagewright_plugins.pruning.resize import resized

    return resized(model(task), sizes)
