"""Training with Lightning: the recipe's model, loss, optimizer and schedule; resumes where it was killed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stagewright.contract import use
from stagewright.errors import StepError
from stagewright.stages import train
from stagewright.stages.train import (
    AugmentChoice,
    Inputs,
    LossChoice,
    Model,
    ModelChoice,
    OptimizerChoice,
    SchedulerChoice,
)


class EarlyStopping(BaseModel):
    """End training once the leading metric stops getting better."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    patience: int = Field(ge=1, description="epochs without a better value")
    min_delta: float = Field(default=0.0, ge=0, description="what counts as better")


@train.stage(time_by="max_epochs")
def lightning(
    inputs: Inputs,
    /,
    *,
    model: ModelChoice,
    loss: LossChoice | None = None,
    optimizer: OptimizerChoice = use("adamw"),
    scheduler: SchedulerChoice = use("one_cycle"),
    augment: Annotated[
        list[AugmentChoice], Field(description="changes to each sample, drawn anew in every epoch")
    ] = [],  # noqa: B006
    max_epochs: Annotated[int, Field(ge=1, le=100_000, description="passes over the train split")] = 30,
    batch_size: Annotated[int, Field(ge=1, description="samples per step")] = 8,
    early_stopping: Annotated[
        EarlyStopping | None, Field(description="stop when the leading metric stops getting better")
    ] = None,
    gradient_clip: Annotated[float | None, Field(gt=0, description="largest norm of the gradient")] = None,
    accumulate: Annotated[int, Field(ge=1, description="batches per optimizer step")] = 1,
    precision: Annotated[
        Literal["auto", "32-true", "bf16-mixed", "16-mixed"],
        Field(description="number format; auto: bfloat16 where the GPU has it, else 32 bit"),
    ] = "auto",
    # Not `WithoutEffect`: the number of threads decides in which order sums are rounded.
    threads: Annotated[
        int | None, Field(ge=1, description="CPU threads; PyTorch's own number if not said")
    ] = None,
    deterministic: Annotated[
        bool, Field(description="on a GPU: only algorithms that repeat exactly, which are slower")
    ] = True,
) -> Model:
    """Fit on the train split, keep the weights of the epoch that is best on the validation split.

    The leading metric is the first of the recipe's metrics. After each epoch a checkpoint (safetensors and
    JSON, no pickle) is kept, so that a killed run goes on with the next epoch and ends with the same numbers.

    Raises:
        StepError: the loss is not a number, a split is empty, this machine lacks the number format, or the
            recipe names no loss and neither does the task.
    """
    from stagewright_plugins.fitting.fit import Plan, fit

    task = inputs.framing.task
    if loss is None and not task.default_loss:
        raise StepError(f"the task {task.type!r} has no default loss: name one at train.loss")
    loss = loss or inputs.context.resolve("train.loss", {"type": task.default_loss})
    return fit(
        inputs,
        Plan(
            model=model,
            loss=loss,
            optimizer=optimizer,
            scheduler=scheduler,
            augment=tuple(augment),
            max_epochs=max_epochs,
            batch_size=batch_size,
            patience=early_stopping.patience if early_stopping else None,
            min_delta=early_stopping.min_delta if early_stopping else 0.0,
            gradient_clip=gradient_clip,
            accumulate=accumulate,
            precision=precision,
            threads=threads,
            deterministic=deterministic,
        ),
    )
