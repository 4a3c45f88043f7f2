"""Runs a model that was exported to ONNX, on onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect
from stagewright.stages import evaluate
from stagewright.stages.evaluate import Predict, RuntimeInputs

if TYPE_CHECKING:
    import numpy as np


@evaluate.runtime
def onnx(
    inputs: RuntimeInputs,
    /,
    *,
    threads: Annotated[
        int | None,
        WithoutEffect(),
        Field(ge=1, description="CPU threads; onnxruntime's own number if not said"),
    ] = None,
) -> Predict:
    """Load `model.onnx`; softmax over classes.

    (N, C, H, W) float32 in [0, 1] → (N, K, H, W) float32 probabilities. Of a translation, texts → `Translation`s.

    Raises:
        StagewrightError: the file is missing, or onnxruntime cannot run it.
    """
    if inputs.task.type == "translation":
        from stagewright_plugins.texts.runtimes import of_onnx, settings

        return of_onnx(inputs.model.path, settings(inputs.model.spec, inputs.task), threads)
    from scipy.special import softmax

    from stagewright_plugins.exporting.export import FILE
    from stagewright_plugins.exporting.session import session

    loaded = session(inputs.model.path / FILE, threads)
    name = loaded.get_inputs()[0].name

    def predict(images: np.ndarray) -> np.ndarray:
        (logits,) = loaded.run(None, {name: images})
        found: np.ndarray = softmax(logits, axis=1)
        return found

    return predict
