"""An augmentation: pictures become brighter or darker."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Augment, AugmentInputs


@train.augment
def lamplight(
    _inputs: AugmentInputs,
    /,
    *,
    most: Annotated[float, Field(ge=0, lt=1, description="largest change, share")] = 0.2,
) -> Augment:
    """Multiplies a picture by a number around 1; its mask stays."""
    import torch

    def augment(picture: Any, target: Any, generator: Any) -> tuple[Any, Any]:
        factor = 1 + most * (2 * torch.rand((), generator=generator) - 1)  # yours; draw from `generator` only
        return (picture * factor).clamp(0, 1), target

    return augment
