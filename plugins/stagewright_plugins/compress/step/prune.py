"""Structured pruning: whole channels are removed, so that the network is smaller and faster; then fine-tuning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.contract import use
from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import AugmentChoice, LossChoice, Model, OptimizerChoice, SchedulerChoice


@compress.step(takes=("torch",), gives="torch")
def prune(
    inputs: Inputs,
    /,
    *,
    keep: Annotated[
        float, Field(gt=0, le=1, description="share of the channels of each layer that stays")
    ] = 0.7,
    multiple: Annotated[
        int,
        Field(ge=1, le=256, description="channels that stay are a multiple of this; kernels like 4, 8, 16"),
    ] = 1,
    importance: Annotated[
        Literal["l1", "scale"],
        Field(description="a channel matters by its weights, or by the factor of its normalisation"),
    ] = "l1",
    imitate: Annotated[
        float,
        Field(ge=0, le=1, description="share of the fine-tuning loss that follows the model before pruning"),
    ] = 0.0,
    max_epochs: Annotated[int, Field(ge=0, le=100_000, description="fine-tuning; 0 for none")] = 6,
    batch_size: Annotated[int, Field(ge=1, description="samples per step")] = 8,
    loss: LossChoice | None = None,
    optimizer: OptimizerChoice = use("adamw", lr=0.001),
    scheduler: SchedulerChoice = use("one_cycle"),
    augment: Annotated[
        list[AugmentChoice], Field(description="changes to each sample, drawn anew in every epoch")
    ] = [],  # noqa: B006  # read only
) -> Model:
    """Remove the least important channels of every layer, everywhere they run through, and fine-tune the rest.

    The network is traced to find which channels of which weights belong together, so any model whose operations are
    known can be pruned; channels that reach an unknown one stay. The result is a `pruned` model.

    Raises:
        StagewrightError: the network cannot be traced, has no channel that could go, or sizes that its own code
            fixes.
        StepError: the recipe names no loss and neither does the task.
    """
    from ._prune import Thinning, pruned_model
    from ._tuning import tuning

    plan = tuning(
        inputs,
        loss,
        optimizer=optimizer,
        scheduler=scheduler,
        augment=tuple(augment),
        max_epochs=max_epochs,
        batch_size=batch_size,
    )
    return pruned_model(inputs, plan, Thinning(keep, multiple, importance, imitate))
