"""The body of POST `…/infer`: JSON, with tensors in it or as bytes behind it (binary tensor extension)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .datatypes import Array, from_binary, from_json
from .refusal import RefusalError

MOST_DIGITS = 18  # of a length: Python refuses to read thousands of them
UNSUPPORTED = ("classification", "shared_memory_region")


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What a client asks for.

    Attributes:
        id: comes back in the answer; empty where none was given.
        outputs: names in the order asked for; empty for all.
        binary: names of the outputs wanted as bytes.
        all_binary: outputs that are not named one by one are wanted as bytes.
    """

    id: str
    inputs: dict[str, Array]
    outputs: tuple[str, ...]
    binary: frozenset[str]
    all_binary: bool

    def wants_binary(self, output: str) -> bool:
        """Whether this output goes back as bytes."""
        return output in self.binary if self.outputs else self.all_binary


def parse(body: bytes, header_length: bytes | None) -> InferRequest:
    """Read a body; `header_length` is the header `Inference-Header-Content-Length`, if there was one.

    Raises:
        RefusalError: it is not what the protocol says; the text names the tensor and the reason.
    """
    view = memoryview(body)
    cut = _cut(header_length, len(body))
    raw = json_object(view[:cut])
    parameters = _mapping(raw.get("parameters"), "parameters")
    inputs = _inputs(raw.get("inputs"), view[cut:])
    outputs = _items(raw.get("outputs") or [], "outputs")
    wanted = {_name(item, "output"): _parameters(item) for item in outputs}
    everything = parameters.get("binary_data_output") is True
    binary = (name for name, own in wanted.items() if own.get("binary_data", everything) is True)
    return InferRequest(_id(raw.get("id", "")), inputs, tuple(wanted), frozenset(binary), everything)


def json_object(body: bytes | memoryview) -> dict[str, Any]:
    """A body that must be a JSON object."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusalError(400, f"the body is not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise RefusalError(400, "the body must be a JSON object")
    return raw


def _cut(header_length: bytes | None, size: int) -> int:
    if header_length is None:
        return size
    if not header_length.isdigit() or len(header_length) > MOST_DIGITS or int(header_length) > size:
        said = header_length.decode("latin-1")[:100]
        raise RefusalError(
            400, f"Inference-Header-Content-Length {said!r} does not fit a body of {size} bytes"
        )
    return int(header_length)


def _inputs(raw: object, binary: memoryview) -> dict[str, Array]:
    items = _items(raw, "inputs")
    if not items:
        raise RefusalError(400, "the request has no `inputs`")
    inputs: dict[str, Array] = {}
    at = 0
    for item in items:
        name = _name(item, "input")
        if name in inputs:
            raise RefusalError(400, f"input {name!r} is given twice")
        size = _parameters(item).get("binary_data_size")
        if size is None:
            inputs[name] = from_json(name, item.get("datatype", ""), _shape(name, item), item.get("data"))
            continue
        if type(size) is not int or not 0 <= size <= len(binary) - at:
            left = f"{len(binary) - at} bytes follow the JSON"
            raise RefusalError(400, f"input {name!r} has binary_data_size {size!r}, but {left}")
        inputs[name] = from_binary(name, item.get("datatype", ""), _shape(name, item), binary[at : at + size])
        at += size
    if at != len(binary):
        raise RefusalError(400, f"{len(binary) - at} bytes follow the JSON that no input claims")
    return inputs


def _shape(name: str, item: Mapping[str, Any]) -> Sequence[int]:
    shape = item.get("shape")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise RefusalError(400, f"input {name!r} needs a `shape`: an array of numbers")
    return shape


def _name(item: Mapping[str, Any], what: str) -> str:
    name = item.get("name")
    if not isinstance(name, str):
        raise RefusalError(400, f"an {what} has no `name`")
    return name


def _parameters(item: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = item.get("parameters")
    if parameters is None:
        return {}
    for name in UNSUPPORTED:
        if isinstance(parameters, dict) and name in parameters:
            raise RefusalError(400, f"the parameter `{name}` of {item.get('name')!r} is not supported here")
    return _mapping(parameters, f"parameters of {item.get('name')!r}")


def _mapping(raw: object, what: str) -> Mapping[str, Any]:
    if raw is not None and not isinstance(raw, dict):
        raise RefusalError(400, f"`{what}` must be an object")
    return raw or {}


def _items(raw: object, what: str) -> list[dict[str, Any]]:
    if raw is not None and not (isinstance(raw, list) and all(isinstance(item, dict) for item in raw)):
        raise RefusalError(400, f"`{what}` must be an array of objects")
    return raw or []


def _id(raw: object) -> str:
    if not isinstance(raw, str):
        raise RefusalError(400, "`id` must be text")
    return raw
