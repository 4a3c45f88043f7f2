"""Runs packages of the platform `translator`: two graphs on onnxruntime, with sub-words, memory and search."""

from __future__ import annotations

from stagewright.stages import deploy
from stagewright.stages.deploy import BackendInputs, Engine


@deploy.backend
def translator(inputs: BackendInputs, /) -> Engine:
    """Texts in, translations out: `encoder.onnx`, `model.onnx`, `tokenizer.json`, `memory.json`, `translator.json`.

    Raises:
        StagewrightError: a file is missing, or onnxruntime cannot load a graph.
    """
    from stagewright_plugins.texts.engine import Engine as Translating

    return Translating(inputs.path, inputs.signature, inputs.threads)
