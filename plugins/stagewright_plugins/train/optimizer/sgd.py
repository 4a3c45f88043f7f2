"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Parameters


@train.optimizer
def sgd(
    parameters: Parameters,
    /,
    *,
    lr: Annotated[float, Field(gt=0, le=10, description="learning rate, the highest of the schedule")] = 0.05,
    momentum: Annotated[float, Field(ge=0, lt=1, description="share of the last step that goes on")] = 0.9,
    weight_decay: Annotated[float, Field(ge=0, description="L2 penalty on weights")] = 1e-4,
    nesterov: Annotated[bool, Field(description="look ahead along the momentum (Nesterov, 1983)")] = True,
) -> Any:
    """SGD with momentum (Sutskever et al., 2013)."""
    from torch.optim import SGD

    nesterov = nesterov and momentum > 0
    return SGD(parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)
