"""Knowledge distillation: a smaller network learns from the answers of the trained one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import use
from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import (
    AugmentChoice,
    LossChoice,
    Model,
    ModelChoice,
    OptimizerChoice,
    SchedulerChoice,
)


@compress.step(takes=("torch",), gives="torch")
def distill(
    inputs: Inputs,
    /,
    *,
    student: Annotated[ModelChoice, Field(description="the network that learns")],
    share: Annotated[
        float,
        Field(gt=0, le=1, description="of the loss that follows the teacher; the rest follows the labels"),
    ] = 0.5,
    temperature: Annotated[
        float,
        Field(gt=0, le=100, description="softens the answers, so that second-best classes are learned too"),
    ] = 2.0,
    max_epochs: Annotated[int, Field(ge=1, le=100_000, description="passes over the train split")] = 30,
    batch_size: Annotated[int, Field(ge=1, description="samples per step")] = 8,
    loss: LossChoice | None = None,
    optimizer: OptimizerChoice = use("adamw"),
    scheduler: SchedulerChoice = use("one_cycle"),
    augment: Annotated[
        list[AugmentChoice], Field(description="changes to each sample, drawn anew in every epoch")
    ] = [],  # noqa: B006  # read only
) -> Model:
    """Train the student on the train split, on labels and on what the model before it answers (Hinton et al., 2015,
    arXiv:1503.02531); keep the weights of the epoch that is best on the validation split.

    Raises:
        StepError: the loss is not a number, or the recipe names no loss and neither does the task.
    """
    from ._distill import distilled
    from ._tuning import tuning

    plan = tuning(
        inputs,
        loss,
        model=student,
        optimizer=optimizer,
        scheduler=scheduler,
        augment=tuple(augment),
        max_epochs=max_epochs,
        batch_size=batch_size,
        title="Distillation",
    )
    return distilled(inputs, plan(), share, temperature)
