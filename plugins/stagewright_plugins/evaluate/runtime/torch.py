"""Runs a model as PyTorch trained it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.stages import evaluate
from stagewright.stages.evaluate import Predict, RuntimeInputs

if TYPE_CHECKING:
    import numpy as np


@evaluate.runtime
def torch(inputs: RuntimeInputs, /) -> Predict:
    """Rebuild the network from its spec, load `model.safetensors`; softmax over classes.

    (N, C, H, W) float32 in [0, 1] → (N, K, H, W) float32 probabilities. Of a translation, texts → `Translation`s.
    """
    if inputs.task.type == "translation":
        from stagewright_plugins.texts.runtimes import of_torch

        return of_torch(inputs.model, inputs.task, inputs.context)
    from safetensors.torch import load_file
    from torch import channels_last, from_numpy, inference_mode

    network = inputs.context.resolve("train.model", inputs.model.spec)(inputs.task)
    network.load_state_dict(load_file(inputs.model.path / "model.safetensors"))
    network.eval().to(memory_format=channels_last)

    def predict(images: np.ndarray) -> np.ndarray:
        with inference_mode():
            given = from_numpy(images).contiguous(memory_format=channels_last)
            found: np.ndarray = network(given).softmax(1).numpy()
        return found

    return predict
