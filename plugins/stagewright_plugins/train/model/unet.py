"""U-Net: the standard network for medical segmentation with few images."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.model(fits=("segmentation",))
def unet(
    task: Task,
    /,
    *,
    width: Annotated[
        int, Field(ge=2, le=256, description="channels of the first level; doubled at each level")
    ] = 12,
    depth: Annotated[int, Field(ge=1, le=6, description="how many times the image is halved")] = 3,
    norm: Annotated[
        Literal["batch", "instance"], Field(description="normalisation after each convolution")
    ] = "batch",
    dropout: Annotated[
        float, Field(ge=0, lt=1, description="share of channels dropped at the deepest level")
    ] = 0.0,
) -> Any:
    """U-Net (Ronneberger et al., 2015, arXiv:1505.04597) with bilinear upsampling; images of any size.

    (N, C, H, W) float32 in [0, 1] → logits (N, K, H, W); every image is standardised by the first layer.
    """
    from ._unet import UNet

    return UNet(task.input.shape[0], len(task.classes), width, depth, norm, dropout)
