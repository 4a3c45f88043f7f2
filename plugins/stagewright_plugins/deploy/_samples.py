"""Sample requests in the words of the Open Inference Protocol V2, with the answers they must get."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.stages.deploy import Engine

from ._modality import Modality

SPLIT = "validation"
DATATYPES = {"uint8": "UINT8", "int64": "INT64", "float32": "FP32", "object": "BYTES"}


def write_samples(package: Path, modality: Modality, engine: Engine, most: int) -> None:
    """Write `samples/<n>.json`: `{"request": body of /infer, "expected": outputs of the answer}`.

    Maps of probabilities are left out: they would be the largest part of the package.
    """
    if not most:
        return
    (package / "samples").mkdir()
    requests = next(modality.requests(SPLIT, most))
    for i, name in enumerate(requests.batch.ids):
        raw = {key: values[i : i + 1] for key, values in requests.raw.items()}
        wanted = [modality.decision, "confidence"]
        answer = engine(raw, wanted)
        body = {"id": name, "inputs": _tensors(raw), "outputs": [{"name": item} for item in wanted]}
        text = json.dumps(
            {"request": body, "expected": _tensors(answer)}, separators=(",", ":"), allow_nan=False
        )
        (package / "samples" / f"{i}.json").write_text(text + "\n", encoding="utf-8")


def _tensors(arrays: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "datatype": DATATYPES[str(array.dtype)],
            "shape": list(array.shape),
            "data": _data(array),
        }
        for name, array in arrays.items()
    ]


def _data(array: np.ndarray) -> list[Any]:
    """Row-major; what is no number is null, as JSON has no NaN."""
    values: list[Any] = array.ravel().tolist()
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in values]
