"""Values of the thirteen datatypes of the Open Inference Protocol V2, from and to JSON and binary.

The binary form is Triton's binary tensor extension: little-endian, each BYTES element after its length. BYTES
are text (UTF-8) here, in arrays of `str`.
"""

from __future__ import annotations

import math
import reprlib
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright_plugins.packaging.tensors import DTYPES

from .refusal import RefusalError

Array = NDArray[Any]
_LENGTH = struct.Struct("<I")
_LITTLE = {name: dtype.newbyteorder("<") for name, dtype in DTYPES.items()}


def dtype_of(name: str, datatype: object) -> np.dtype[Any]:
    """The numpy type of a datatype; refuses one that the protocol does not know."""
    known = _LITTLE.get(datatype) if isinstance(datatype, str) else None
    if known is None:
        raise RefusalError(400, f"tensor {name!r} has datatype {datatype!r}; known are {', '.join(DTYPES)}")
    return known


def from_json(name: str, datatype: str, shape: Sequence[int], data: object) -> Array:
    """A tensor of that shape from JSON values, flat or nested, in row-major order."""
    if not isinstance(data, list):
        raise RefusalError(400, f"tensor {name!r} needs its data as an array, or as binary data")
    return _reshaped(name, shape, from_nested(name, datatype, data))


def from_nested(name: str, datatype: str, data: list[Any]) -> Array:
    """A tensor with the shape that the nesting has.

    Nothing is cut or wrapped in silence: 1.5 is no INT32, 300 no UINT8, "3" no number. `null` is NaN in
    floating point tensors.
    """
    dtype = dtype_of(name, datatype)
    try:
        raw = np.asarray(data, dtype=object if dtype.kind == "O" else None)
    except (ValueError, OverflowError):
        raise RefusalError(400, f"the data of tensor {name!r} is nested unevenly") from None
    if dtype.kind == "O":
        return _texts(name, raw)
    if dtype == np.uint64 and raw.dtype.kind == "f":
        raw = _whole(data, raw)
    return _numbers(name, datatype, dtype, raw)


def from_binary(name: str, datatype: str, shape: Sequence[int], raw: memoryview) -> Array:
    """A tensor over the bytes of the request, without a copy; the array is read-only."""
    dtype = dtype_of(name, datatype)
    if dtype.kind == "O":
        return _reshaped(name, shape, _lengthed(name, raw))
    expected = math.prod(shape) * dtype.itemsize
    if expected != len(raw):
        wanted = f"{datatype} of shape {list(shape)} is {expected} bytes"
        raise RefusalError(400, f"tensor {name!r} came with {len(raw)} bytes of binary data, but {wanted}")
    array: Array = np.frombuffer(raw, dtype).reshape(shape)
    return array if array.flags.aligned else array.copy()


def to_json(array: Array) -> Any:
    """The values in row-major order, as `orjson` can write them (with `OPT_SERIALIZE_NUMPY`)."""
    flat = np.ascontiguousarray(array).ravel()
    return flat.tolist() if array.dtype.kind in "OU" else flat


def to_binary(array: Array) -> bytes | memoryview:
    """The values as the binary tensor extension has them."""
    if array.dtype.kind in "OU":
        encoded = [str(value).encode() for value in array.ravel().tolist()]
        return b"".join(_LENGTH.pack(len(value)) + value for value in encoded)
    ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return memoryview(ordered.reshape(-1).view(np.uint8)) if ordered.size else b""


def _numbers(name: str, datatype: str, dtype: np.dtype[Any], raw: Array) -> Array:
    if raw.size and not _fits(dtype, raw):
        raise RefusalError(400, f"tensor {name!r} holds values that are no {datatype}")
    try:
        with np.errstate(over="raise"):
            return raw.astype(dtype, copy=False)
    except FloatingPointError:
        raise RefusalError(400, f"tensor {name!r} holds numbers too large for {datatype}") from None


def _fits(dtype: np.dtype[Any], raw: Array) -> bool:
    if dtype.kind == "b":
        return raw.dtype.kind == "b" or (raw.dtype.kind in "iu" and not (raw & ~1).any())
    if dtype.kind == "f":
        return raw.dtype.kind in "iuf" or (raw.dtype.kind == "O" and _only_numbers(raw))
    limits = np.iinfo(dtype)
    return raw.dtype.kind in "iu" and int(raw.min()) >= limits.min and int(raw.max()) <= limits.max


def _whole(data: list[Any], raw: Array) -> Array:
    """Numpy reads whole numbers on both sides of 2⁶³ as floating point, which cuts them."""
    exact = np.asarray(data, dtype=object)
    fits = all(type(value) is int and 0 <= value < 1 << 64 for value in exact.ravel().tolist())
    return exact.astype(np.uint64) if fits else raw


def _only_numbers(raw: Array) -> bool:
    return all(value is None or type(value) in (int, float) for value in raw.ravel().tolist())


def _texts(name: str, raw: Array) -> Array:
    for value in raw.ravel().tolist():
        if value is None:
            raise RefusalError(
                400, f'tensor {name!r} holds null, which is no text (BYTES): a missing category is ""'
            )
        if not isinstance(value, str):
            raise RefusalError(400, f"tensor {name!r} holds {_brief(value)}, which is no text (BYTES)")
    return raw


def _brief(value: object) -> str:
    """A value from outside as a short text, however long or deep it is."""
    return (
        reprlib.repr(value) if isinstance(value, int | float | bool | None) else f"a {type(value).__name__}"
    )


def _lengthed(name: str, raw: memoryview) -> Array:
    values = list(_elements(name, raw))
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _elements(name: str, raw: memoryview) -> Iterator[str]:
    at, end = 0, len(raw)
    while at < end:
        start = at + _LENGTH.size
        at = start + _LENGTH.unpack_from(raw, at)[0] if start <= end else end + 1
        if at > end:
            raise RefusalError(400, f"the binary data of tensor {name!r} ends inside an element")
        try:
            yield str(raw[start:at], "utf-8")
        except UnicodeDecodeError:
            raise RefusalError(400, f"tensor {name!r} holds bytes that are not UTF-8 text") from None


def _reshaped(name: str, shape: Sequence[int], array: Array) -> Array:
    if array.size != math.prod(shape):
        wanted = f"shape {list(shape)} holds {math.prod(shape)}"
        raise RefusalError(400, f"tensor {name!r} came with {array.size} elements, but {wanted}")
    return array.reshape(shape)
