"""Devices that run onnxruntime without a server: the graph in ORT format, as its mobile and minimal builds load it."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=True, cost=0.0, fits=("segmentation", "classification"))
def edge(inputs: TargetInputs, /) -> Sequence[str]:
    """`model.ort`, the operators a minimal build must hold, and `size.json`: bytes of each form, and what differs.

    The graph is optimised only as far as holds on every CPU. `size.json` also says by how much outputs of the ORT
    form differ from those of `model.onnx` on the package's sample request.

    Raises:
        StagewrightError: the package is not one ONNX graph, or onnxruntime cannot convert it.
    """
    from ._edge import converted

    return converted(inputs.package, inputs.folder)
