"""Runs packages of the platform `onnx`: `model.onnx` on onnxruntime's CPU provider."""

from __future__ import annotations

from stagewright.stages import deploy
from stagewright.stages.deploy import BackendInputs, Engine


@deploy.backend
def onnx(inputs: BackendInputs, /) -> Engine:
    """One session, safe to call from several threads; each call uses `inputs.threads` of its own pool.

    Raises:
        StagewrightError: onnxruntime cannot load the graph, or the graph lacks a name of the signature.
    """
    from ._session import Session

    return Session(inputs.path / "model.onnx", inputs.signature, inputs.threads)
