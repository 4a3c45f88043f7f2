"""The answer to POST `…/infer`: JSON, with the outputs in it or as bytes behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from .answer import JSON, OCTETS, Answer, Headers
from .datatypes import Array, to_binary, to_json
from .infer_request import InferRequest


def answer(
    request: InferRequest,
    model: str,
    version: str,
    outputs: Mapping[str, Array],
    datatypes: Mapping[str, str],
) -> Answer:
    """All outputs in their order; `datatypes` are the signature's, by output name."""
    told: list[dict[str, Any]] = []
    pieces: list[bytes | memoryview] = []
    for name, array in outputs.items():
        item: dict[str, Any] = {"name": name, "datatype": datatypes[name], "shape": array.shape}
        if request.wants_binary(name):
            raw = to_binary(array)
            item["parameters"] = {"binary_data_size": len(raw)}
            pieces.append(raw)
        else:
            item["data"] = to_json(array)
        told.append(item)
    head: dict[str, Any] = {"model_name": model, "model_version": version}
    if request.id:
        head["id"] = request.id
    head["outputs"] = told
    text = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
    if not pieces:
        return Answer(200, text, JSON)
    length: Headers = ((b"inference-header-content-length", str(len(text)).encode()),)
    return Answer(200, b"".join((text, *pieces)), OCTETS, length)
