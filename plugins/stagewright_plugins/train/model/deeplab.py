"""DeepLab: wide context by dilated convolutions at little cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.framing import Task


@train.model(fits=("segmentation",))
def deeplab(
    task: Task,
    /,
    *,
    width: Annotated[
        int, Field(ge=2, le=256, description="channels at full resolution; four times as many inside")
    ] = 12,
    norm: Annotated[
        Literal["batch", "instance"], Field(description="normalisation after each convolution")
    ] = "batch",
) -> Any:
    """A small DeepLabv3+ (Chen et al., 2018, arXiv:1802.02611): dilated pyramid, global context, one skip.

    (N, C, H, W) float32 in [0, 1] → logits (N, K, H, W); every image is standardised by the first layer.
    """
    from ._deeplab import DeepLab

    return DeepLab(task.input.shape[0], len(task.classes), width, norm)
