"""Training with settings that were agreed on."""

from typing import Annotated

from pydantic import Field

from stagewright.contract import use
from stagewright.stages import train
from stagewright.stages.train import Inputs, Model, ModelChoice


@train.stage
def agreed_training(
    inputs: Inputs,
    /,
    *,
    model: ModelChoice = use("unet", width=4),
    epochs: Annotated[int, Field(ge=1, description="passes over the train split")] = 2,
) -> Model:
    """The bundled stage `lightning`; large models learn slowly."""
    slow = model.spec().get("width", 0) > 32  # yours: what everybody should do the same
    optimizer = {"type": "adamw", "lr": 1e-4 if slow else 1e-3}
    spec = {"type": "lightning", "model": model.spec(), "optimizer": optimizer, "max_epochs": epochs}
    return inputs.context.resolve("train", spec)(inputs)
