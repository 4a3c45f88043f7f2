"""AdamW: Adam with weight decay apart from the gradient."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Parameters


@train.optimizer
def adamw(
    parameters: Parameters,
    /,
    *,
    lr: Annotated[float, Field(gt=0, le=1, description="learning rate, the highest of the schedule")] = 3e-3,
    weight_decay: Annotated[
        float, Field(ge=0, description="share of a weight taken off per step, times lr")
    ] = 1e-4,
    betas: Annotated[
        tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]],
        Field(description="how slowly the gradient's mean and its square forget"),
    ] = (0.9, 0.999),
) -> Any:
    """AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101)."""
    from torch.optim import AdamW

    return AdamW(parameters, lr=lr, weight_decay=weight_decay, betas=betas)
