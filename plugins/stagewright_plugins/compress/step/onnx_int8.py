"""Eight-bit weights and activations by onnxruntime's static quantisation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model


@compress.step(takes=("torch",), gives="onnx", bits=8)
def onnx_int8(
    inputs: Inputs,
    /,
    *,
    samples: Annotated[
        int, Field(ge=1, description="of the train split, that activations are observed on")
    ] = 128,
    calibration: Annotated[
        Literal["minmax", "percentile"],
        Field(description="what decides the range of an activation: all of its values, or most"),
    ] = "minmax",
    percentile: Annotated[
        float, Field(gt=50, le=100, description="share of values inside the range, for `percentile`")
    ] = 99.99,
    per_channel: Annotated[bool, Field(description="a scale for each output channel of a weight")] = True,
    exclude: Annotated[
        list[str], Field(description="names of ONNX nodes, or their beginnings, that stay in 32 bits")
    ] = [],  # noqa: B006  # read only
) -> Model:
    """Static quantisation to QDQ ONNX, signed weights and unsigned activations (Jacob et al., 2018,
    arXiv:1712.05877), calibrated on samples spread evenly over the train split. What stands before the first layer
    with weights (standardising an image) stays in 32 bits: it costs little, and its rounding would reach everything.

    Raises:
        StagewrightError: a name in `exclude` fits no node.
    """
    from ._calibration import spread
    from ._onnx_int8 import Choices, quantised

    given = spread(inputs, samples)
    return quantised(inputs, given, Choices(calibration, percentile, per_channel, tuple(exclude)))
