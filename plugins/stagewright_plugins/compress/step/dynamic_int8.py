"""Eight-bit weights by onnxruntime's dynamic quantisation; no samples needed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model


@compress.step(takes=("torch",), gives="onnx")
def dynamic_int8(
    inputs: Inputs,
    /,
    *,
    per_channel: Annotated[bool, Field(description="a scale for each output channel of a weight")] = True,
    exclude: Annotated[
        list[str], Field(description="names of ONNX nodes, or their beginnings, that stay in 32 bits")
    ] = [],  # noqa: B006  # read only
) -> Model:
    """Weights of matrix products and tables of sub-words in 8 bits; activations are measured anew for each request.

    The usual choice for Transformers, whose activations vary from text to text (Zafrir et al., 2019, arXiv:1910.06188).
    """
    from ._dynamic_int8 import quantised

    return quantised(inputs, per_channel, tuple(exclude))
