"""A client of the Open Inference Protocol V2 over one kept-alive connection; tensors travel as bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np

from stagewright.errors import StagewrightError
from stagewright_plugins.packaging.tensors import DTYPES
from stagewright_plugins.serving.datatypes import from_binary

Arrays = Mapping[str, np.ndarray]
HEADER = "Inference-Header-Content-Length"
NAMES = {dtype: name for name, dtype in DTYPES.items()}


class Client:
    """Asks one gateway of ours, on this machine, for one model; use as `async with`."""

    def __init__(self, port: int, model: str) -> None:
        self._port, self._model = port, model

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def infer(self, name: str, inputs: Arrays, headers: Mapping[str, str]) -> Arrays | None:
        """All outputs for a batch; None where the server failed (status 500 and above).

        Raises:
            StagewrightError: the gateway refuses the request: then the replay itself is wrong.
        """
        head, binary = _encoded(name, inputs)
        path = f"/v2/models/{self._model}/infer"
        status, answered, body = await self._post(path, head + binary, {HEADER: str(len(head)), **headers})
        if status >= 500:
            return None
        if status != 200:
            raise StagewrightError(f"the gateway answers {status} to request {name}: {_text(body)}")
        return _decoded(body, int(answered.get(HEADER.lower(), len(body))))

    async def label(self, labels: list[dict[str, Any]]) -> None:
        """Tell what became of requests: `{"request_id", "values"}`."""
        status, _, body = await self._post("/v1/labels", json.dumps(labels).encode(), {})
        if status != 202:
            raise StagewrightError(f"the gateway answers {status} to labels: {_text(body)}")

    async def _post(
        self, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """HTTP/1.1 as the gateway speaks it: every answer says how long it is."""
        lines = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
        said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._writer.write(f"POST {path} HTTP/1.1\r\n{said}\r\n".encode("latin-1") + body)
        await self._writer.drain()
        first, *rest = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        answered = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
        return (
            int(first.split()[1]),
            answered,
            await self._reader.readexactly(int(answered["content-length"])),
        )


def _encoded(name: str, inputs: Arrays) -> tuple[bytes, bytes]:
    tensors, parts = [], []
    for key, array in inputs.items():
        tensor: dict[str, Any] = {"name": key, "shape": list(array.shape), "datatype": NAMES[array.dtype]}
        if array.dtype == object:
            tensor["data"] = array.ravel().tolist()
        else:
            parts.append(np.ascontiguousarray(array).tobytes())
            tensor["parameters"] = {"binary_data_size": len(parts[-1])}
        tensors.append(tensor)
    head = {"id": name, "inputs": tensors, "parameters": {"binary_data_output": True}}
    return json.dumps(head).encode(), b"".join(parts)


def _decoded(body: bytes, header: int) -> Arrays:
    outputs, at = {}, header
    for tensor in json.loads(body[:header])["outputs"]:
        size = tensor.get("parameters", {}).get("binary_data_size")
        dtype = DTYPES[tensor["datatype"]]
        if size is None:
            outputs[tensor["name"]] = np.array(tensor["data"], dtype).reshape(tensor["shape"])
        else:
            raw = memoryview(body)[at : at + size]
            outputs[tensor["name"]] = from_binary(tensor["name"], tensor["datatype"], tensor["shape"], raw)
            at += size
    return outputs


def _text(body: bytes) -> str:
    return body[:300].decode("utf-8", "replace")
