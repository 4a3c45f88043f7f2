"""Copies of requests for the canary: predicted after the user's answer, on a thread that yields to the users'."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from .batching import Outputs, clock
from .datatypes import Array
from .loaded import Loaded

TOLERANCE = 1e-4  # of floating point outputs, absolute and relative


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of one copy.

    Attributes:
        agreement: share of the values that are those of the user's answer, over all outputs that decide
            (integers, truth values, text); over floating point outputs where there are no others.
        outputs: the canary's.
        seconds: inside the engine.
        error: empty where the canary answered.
    """

    agreement: float
    outputs: Outputs
    seconds: float
    error: str = ""


class Mirror:
    """A thread of the lowest priority with a short queue; what does not fit is dropped."""

    def __init__(self, queue: int) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shadow", initializer=_yielding)
        self._room = threading.BoundedSemaphore(queue) if queue else None

    def copy(
        self, model: Loaded, inputs: Mapping[str, Array], answer: Outputs, done: Callable[[Compared], None]
    ) -> bool:
        """Predict the same inputs and compare; `done` runs on the event loop. False: dropped, no room."""
        if self._room is None or not self._room.acquire(blocking=False):
            return False
        loop = asyncio.get_running_loop()
        self._pool.submit(self._work, loop, model, inputs, answer, done)
        return True

    def close(self) -> None:
        """Finish what is under way, drop the rest."""
        self._pool.shutdown(cancel_futures=True)

    def _work(
        self,
        loop: asyncio.AbstractEventLoop,
        model: Loaded,
        inputs: Mapping[str, Array],
        answer: Outputs,
        done: Callable[[Compared], None],
    ) -> None:
        began = clock()
        try:
            outputs = model.engine(inputs, tuple(answer))
            compared = Compared(agreement(answer, outputs), outputs, clock() - began)
        except Exception as error:
            compared = Compared(0.0, {}, clock() - began, f"{type(error).__name__}: {error}")
        if self._room:
            self._room.release()
        loop.call_soon_threadsafe(done, compared)


def agreement(one: Outputs, other: Outputs) -> float:
    """Share of equal values; of floating point outputs only where none decides, within a tolerance."""
    deciding = [name for name, array in one.items() if array.dtype.kind != "f"] or list(one)
    return float(np.mean([_equal(one[name], other.get(name)) for name in deciding]))


def _equal(one: Array, other: Array | None) -> float:
    if other is None or one.shape != other.shape:
        return 0.0
    if one.dtype.kind == "f":
        return float(np.isclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True).mean())
    return float((one == other).mean())


def _yielding() -> None:
    """Linux schedules threads by their own niceness; elsewhere the short queue alone holds copies back."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
