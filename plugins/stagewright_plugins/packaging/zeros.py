"""A request that any package takes: zeros and empty texts, for warming up and for measuring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .tensors import DTYPES

LENGTH = 32  # of dimensions that may be anything


def zeros(signature: Mapping[str, Any], rows: int = 1) -> dict[str, np.ndarray]:
    """Inputs by name; pictures have the size that the task works at."""
    size = signature["task"].get("size")
    return {tensor["name"]: _zeros(tensor, rows, size) for tensor in signature["inputs"]}


def _zeros(tensor: Mapping[str, Any], rows: int, size: list[int] | None) -> np.ndarray:
    inner = [LENGTH if n < 0 else n for n in tensor["shape"][1:]]
    if size and tensor["shape"][-2:] == [-1, -1]:
        inner[-2:] = size
    if tensor["datatype"] == "BYTES":
        return np.full((rows, *inner), "", dtype=object)
    return np.zeros((rows, *inner), DTYPES[tensor["datatype"]])
