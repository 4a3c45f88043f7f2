"""What a fitted model of a table says of rows: `model.onnx` takes one input per column and gives `probability`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stagewright_plugins.exporting.session import session

from .reading import Values, requested

MODEL = "model.onnx"
ROWS = 8192  # at a time, so that memory stays small

# columns of N rows → (N, K) float32 probabilities
Predict = Callable[[Values], NDArray[np.float32]]


def predictor(folder: Path, threads: int = 1) -> Predict:
    """The model in a folder, loaded; raises StagewrightError where there is none."""
    loaded = session(folder / MODEL, threads)

    def predict(inputs: Values) -> NDArray[np.float32]:
        given = requested(inputs)
        count = len(next(iter(given.values())))
        parts = [
            loaded.run(
                ["probability"], {name: values[start : start + ROWS] for name, values in given.items()}
            )[0]
            for start in range(0, count, ROWS)
        ]
        found: NDArray[np.float32] = np.concatenate(parts)
        return found

    return predict
