"""monitor.explainer: which part of one request moved its answer."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.monitor import Explained, ExplainInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import requests

SIGNATURE = {
    "inputs": [{"name": name, "datatype": "FP32", "shape": [-1, 1]} for name in ("wind", "noise")],
    "outputs": [{"name": "probability", "datatype": "FP32", "shape": [-1, 2]}],
    "classes": ["fine", "wrong"],
}


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """One row, answered by its wind alone."""
    import numpy as np

    def engine(inputs: Any, _outputs: Any = None) -> Any:
        wrong = 1 / (1 + np.exp(-2 * inputs["wind"]))
        return {"probability": np.concatenate([1 - wrong, wrong], axis=1).astype(np.float32)}

    reference = requests(200, 1)[["wind"]].assign(noise=0.0)
    arrays = {"wind": np.float32([[3.0]]), "noise": np.float32([[1.0]])}
    folder = bench.context().workdir
    found = plugin(ExplainInputs(engine, SIGNATURE, arrays, reference, folder, bench.seed))
    assert isinstance(found, Explained), f"gives {type(found).__name__}, not Explained"
    assert set(found.parts) <= set(arrays), f"there is no input {', '.join(set(found.parts) - set(arrays))}"
    if found.parts:
        assert next(iter(found.parts)) == "wind", "the column that made the answer does not come first"
    assert not found.picture or (folder / found.picture).is_file(), f"{found.picture} was not written"
    return found.method, found.explains, found.value, dict(found.parts)
