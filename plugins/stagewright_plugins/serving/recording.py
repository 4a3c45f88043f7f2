"""A request as the event log keeps it: plain values where they are few, summaries and references elsewhere."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from stagewright.live.event_log import EventLog

from .batching import Outputs, Work
from .datatypes import Array
from .traffic import Route

FEW = 32  # values of a tensor that are written out, for each row


def event(
    log: EventLog,
    request_id: str,
    model: str,
    route: Route,
    status: int,
    total: float,
    work: Work | None,
    inputs: Mapping[str, Array],
    outputs: Outputs,
    error: str = "",
) -> dict[str, Any]:
    """The event `request`; `total` in seconds. A sampled payload goes to the log beside it."""
    queue, predict = (work.began - work.arrived, work.ended - work.began) if work else (0.0, 0.0)
    return {
        "kind": "request",
        "id": request_id,
        "unit": route.unit,
        "arm": route.arm,
        "weight": route.weight,
        "mirror": route.mirror,
        "rollout": route.rollout,
        "model": model,
        "version": route.model.version,
        "status": status,
        "latency_ms": {"queue": _ms(queue), "predict": _ms(predict), "total": _ms(total)},
        "error": error,
        "inputs": _inputs(log, request_id, inputs),
        "outputs": {n: _plain(array) if _few(array) else Summary(array) for n, array in outputs.items()},
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4)


def _inputs(log: EventLog, request_id: str, inputs: Mapping[str, Array]) -> dict[str, Any]:
    """Few values as they are; of the others a reference to the payload, where this request is in the sample."""
    large = {name: array for name, array in inputs.items() if not _few(array)}
    told = {name: _plain(array) for name, array in inputs.items() if name not in large}
    if large and log.keeps_payload(request_id):
        reference = log.payload(request_id, large, encoded)
        return told | dict.fromkeys(large, reference)
    return told | {name: {"shape": list(array.shape)} for name, array in large.items()}


class Summary:
    """What stands in an event for a large tensor; computed when the log writes it, on the log's own thread."""

    __slots__ = ("_array",)

    def __init__(self, array: Array) -> None:
        self._array = array

    def item(self) -> dict[str, Any]:
        """Of a mask the share of each class; of numbers their range; else the shape. (The log calls this.)"""
        array = self._array
        if array.dtype.kind == "u" and array.dtype.itemsize == 1:
            return {"shares": (np.bincount(array.reshape(-1)) / array.size).round(6).tolist()}
        if array.dtype.kind == "f":
            return {"mean": float(array.mean()), "low": float(array.min()), "high": float(array.max())}
        return {"shape": list(array.shape)}

    def __str__(self) -> str:
        return str(self.item())


def _few(array: Array) -> bool:
    return array.size <= FEW * len(array)


def _plain(array: Array) -> Any:
    """A single value bare, several of one row or one each of several rows as a list."""
    squeezed = array.reshape(-1) if array.size == max(array.shape) else array
    return squeezed.item() if squeezed.size == 1 else squeezed.tolist()


def encoded(arrays: Mapping[str, Any]) -> bytes:
    """The bytes of an `.npz`; texts as numpy's own text type, so that nothing in it is a pickle."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        **{name: array.astype(str) if array.dtype.kind == "O" else array for name, array in arrays.items()},
    )
    return buffer.getvalue()
