"""Tensors against a signature: the numpy types behind V2's datatypes, and what is wrong with a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

# BYTES are strings: arrays of `str` objects.
DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "UINT64": np.dtype(np.uint64),
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "FP16": np.dtype(np.float16),
    "FP32": np.dtype(np.float32),
    "FP64": np.dtype(np.float64),
    "BYTES": np.dtype(np.object_),
}


class BadRequest(StagewrightError):
    """The inputs do not fit the signature; the message says which one and how."""


def checked(signature: Mapping[str, Any], inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The inputs in the signature's order, if names, types and shapes fit and all have one batch size.

    Raises:
        BadRequest: they do not.
    """
    wanted = {tensor["name"]: tensor for tensor in signature["inputs"]}
    for name in inputs:
        if name not in wanted:
            raise BadRequest(f"unknown input {name!r}, {suggestion(name, wanted, 'input')}")
    for name in wanted:
        if name not in inputs:
            raise BadRequest(f"input {name!r} is missing; the model takes {', '.join(map(repr, wanted))}")
    given = {name: _fitting(tensor, inputs[name]) for name, tensor in wanted.items()}
    sizes = {name: len(array) for name, array in given.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise BadRequest(f"inputs differ in their first dimension, the batch: {said}")
    for name, array in given.items():
        if wrong := too_long(signature, map(str, array.reshape(-1)) if array.dtype == object else ()):
            raise BadRequest(f"input {name!r}: {wrong}")
    return given


def too_long(signature: Mapping[str, Any], texts: Iterable[str]) -> str:
    """Why texts are longer than the package takes; empty where they are not, or it takes any length.

    A text is refused rather than cut: a translation of its first part would look like one of the whole.
    """
    most = signature["task"].get("longest")
    if most is None:
        return ""
    from stagewright_plugins.texts.normalising import normalised

    lengths = (len(normalised(text)) for text in texts)
    found = next((length for length in lengths if length > most), None)
    return f"a text has {found} characters, the model takes {most}" if found else ""


def batchable(tensor: Mapping[str, Any], one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes of an input can be joined along the first dimension: all others are equal."""
    return len(one) == len(other) == len(tensor["shape"]) and one[1:] == other[1:]


def _fitting(tensor: Mapping[str, Any], array: np.ndarray) -> np.ndarray:
    name, shape, dtype = tensor["name"], tensor["shape"], DTYPES[tensor["datatype"]]
    if array.dtype != dtype:
        raise BadRequest(f"input {name!r} is {array.dtype}, the model takes {tensor['datatype']} ({dtype})")
    fits = len(array.shape) == len(shape)
    fits = fits and all(want in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        raise BadRequest(f"input {name!r} has shape {list(array.shape)}, the model takes {shape} (-1: any)")
    if 0 in array.shape:
        raise BadRequest(f"input {name!r} is empty: shape {list(array.shape)}")
    return array
