"""evaluate.runtime: a model handle brought to life."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.lifecycle import contracts
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain, taken
from stagewright_plugins.rehearsals._plain import plain
from stagewright_plugins.rehearsals._small import discs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """(3, C, H, W) float32 → (3, K, H, W) float32 probabilities that sum to 1."""
    import numpy as np

    handles = chain("image")
    task, model = handles["framing"].task, _model(handles, plugin.type, bench)
    predict = plugin(RuntimeInputs(model, task, bench.context()))
    found = predict(discs(3, bench.seed)[0].astype(np.float32) / 255)
    assert isinstance(found, np.ndarray) and found.dtype == np.float32, "it gives no float32 array"
    assert found.shape == (3, *task.output.shape), f"{found.shape} for {task.output.shape}"
    assert np.allclose(found.sum(1), 1, atol=1e-3), "probabilities do not sum to 1"
    return plain(found)


def _model(handles: Any, format: str, bench: Bench) -> Any:
    """The trained network, or what the step `onnx_int8` makes of it for a runtime of that format."""
    if format != "onnx":
        return handles["train"]
    step = bench.registry.component("compress.step", {"type": "onnx_int8", "samples": 8})
    return step(taken(contracts()["compress"], handles, bench.context("int8")))
