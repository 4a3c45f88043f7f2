"""An optimizer that PyTorch brings."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Parameters


@train.optimizer
def rms(
    parameters: Parameters, /, *, lr: Annotated[float, Field(gt=0, le=1, description="learning rate")] = 0.01
) -> Any:
    """RMSprop (Hinton, 2012)."""
    from torch.optim import RMSprop

    return RMSprop(parameters, lr=lr)  # yours: any torch.optim.Optimizer
