"""Eight-bit weights and activations by neural-compressor's static quantisation of the PyTorch graph."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model


@compress.step(takes=("torch",), gives="onnx", bits=8)
def int8_static(
    inputs: Inputs,
    /,
    *,
    samples: Annotated[
        int, Field(ge=1, description="of the train split, that activations are observed on")
    ] = 128,
    calibration: Annotated[
        Literal["minmax", "kl"],
        Field(
            description="what decides the range of an activation: a moving average of extremes, or least lost"
        ),
    ] = "minmax",
    exclude: Annotated[
        list[str], Field(description="modules of the network, by name (`head`), that stay in 32 bits")
    ] = [],  # noqa: B006  # read only
) -> Model:
    """Static PT2E quantisation (neural-compressor on torchao), calibrated on samples spread over the train split,
    then written as QDQ ONNX with the weights stored in eight bits.

    Raises:
        StagewrightError: a name in `exclude` is no module of the network.
    """
    from ._calibration import spread
    from ._int8_static import quantised

    return quantised(inputs, spread(inputs, samples), calibration, tuple(exclude))
