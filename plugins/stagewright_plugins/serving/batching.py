"""Requests on their way through an engine: a bounded queue, dynamic batches, a few threads that predict.

Everything but the prediction itself happens on the event loop, so nothing here needs a lock. A batch holds
requests of one loaded package, with equal shapes (but for their rows) and the same outputs: an answer can
never come from another version than the one that its request was given to.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from stagewright_plugins.packaging.tensors import BadRequest

from .datatypes import Array
from .loaded import Loaded
from .refusal import RefusalError

Outputs = dict[str, Array]
clock = time.perf_counter


@dataclass(eq=False, slots=True)
class Work:
    """One request's part of a batch, and when what happened to it (seconds of `clock`)."""

    model: Loaded
    inputs: Mapping[str, Array]
    outputs: tuple[str, ...]
    rows: int
    arrived: float
    future: asyncio.Future[Outputs] | None = None
    began: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True)
class Limits:
    """How requests are queued and batched.

    Attributes:
        workers: predictions at the same time.
        max_batch: rows in one batch; 1 never joins requests.
        max_wait: seconds that a request may wait for others to fill its batch.
        queue: requests waiting at most; one more is refused with 429.
        inline: predictions shorter than this many seconds run on the event loop when nobody else waits,
            which saves two thread switches; 0 never does.
    """

    workers: int = 1
    max_batch: int = 1
    max_wait: float = 0.0
    queue: int = 128
    inline: float = 0.002


class Batcher:
    """Gives every request to an engine, alone or with others; use from one event loop only."""

    def __init__(self, limits: Limits, batched: Callable[[int], None] | None = None) -> None:
        """`batched` hears the rows of every batch."""
        self.limits = limits
        self._batched = batched
        self._groups: dict[tuple[Any, ...], deque[Work]] = {}
        self._pool = ThreadPoolExecutor(limits.workers, thread_name_prefix="predict")
        self._timer: asyncio.TimerHandle | None = None
        self.busy, self.inside, self._grouped = 0, 0, 0
        # Without batches nothing is gained by holding requests back: workers find their next one at once.
        self._ahead = math.inf if limits.max_batch == 1 else limits.workers

    @property
    def queued(self) -> int:
        """Requests that wait for a worker."""
        return self._grouped + max(0, self.busy - self.limits.workers)

    async def run(
        self, model: Loaded, inputs: Mapping[str, Array], outputs: tuple[str, ...]
    ) -> tuple[Outputs, Work]:
        """The outputs for one request; raises RefusalError, with 429 where the queue is full."""
        work = Work(model, inputs, outputs, len(next(iter(inputs.values()))), clock())
        self.inside += 1
        try:
            if await self._alone(model):
                return self._here(work), work
            return await self._queued(work), work
        except BadRequest as error:
            raise RefusalError(400, str(error)) from error
        finally:
            self.inside -= 1

    def close(self) -> None:
        """Wait for predictions under way; nothing may be queued any more."""
        self._pool.shutdown()

    async def _alone(self, model: Loaded) -> bool:
        """Whether to predict right here: a short prediction, and nobody else to serve in the meantime."""
        if self.inside > 1 or not model.seconds < self.limits.inline:
            return False
        # Two turns of the loop: in the first it reads the sockets, in the second requests read there arrive.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self.inside == 1

    def _here(self, work: Work) -> Outputs:
        work.began = clock()
        outputs = _predicted([work])[0]
        work.ended = clock()
        work.model.took(work.ended - work.began)
        if self._batched:
            self._batched(work.rows)
        return outputs

    async def _queued(self, work: Work) -> Outputs:
        if self.queued >= self.limits.queue:
            raise RefusalError(
                429, "the queue is full; try again later", ((b"retry-after", self._retry_after(work.model)),)
            )
        work.future = asyncio.get_running_loop().create_future()
        self._groups.setdefault(_group(work), deque()).append(work)
        self._grouped += 1
        self._dispatch()
        return await work.future

    def _retry_after(self, model: Loaded) -> bytes:
        """Whole seconds until the queue of now is worked off, at least one."""
        waiting = self.queued * model.seconds / (self.limits.workers * self.limits.max_batch)
        return str(max(1, round(waiting))).encode()

    def _dispatch(self) -> None:
        """Give batches to idle workers, the longest waiting first; come back when the next one is due."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self.busy < self._ahead and self._groups:
            waits = {key: self._wait(group) for key, group in self._groups.items()}
            ready = [key for key, wait in waits.items() if wait <= 0]
            if not ready:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(min(waits.values()), self._dispatch)
                return
            self._start(self._taken(min(ready, key=lambda key: self._groups[key][0].arrived)))

    def _wait(self, group: deque[Work]) -> float:
        """Seconds that this group should still wait for others."""
        if self.limits.max_wait <= 0 or sum(work.rows for work in group) >= self.limits.max_batch:
            return 0.0
        return self.limits.max_wait - (clock() - group[0].arrived)

    def _taken(self, key: tuple[Any, ...]) -> list[Work]:
        group = self._groups[key]
        batch = [group.popleft()]
        rows = batch[0].rows
        while group and rows + group[0].rows <= self.limits.max_batch:
            batch.append(group.popleft())
            rows += batch[-1].rows
        if not group:
            del self._groups[key]
        self._grouped -= len(batch)
        return batch

    def _start(self, batch: list[Work]) -> None:
        self.busy += 1
        self._pool.submit(self._work, asyncio.get_running_loop(), batch)

    def _work(self, loop: asyncio.AbstractEventLoop, batch: list[Work]) -> None:
        """On a worker's thread."""
        began = clock()
        for work in batch:
            work.began = began
        results = _separately(batch)
        ended = clock()
        loop.call_soon_threadsafe(self._done, batch, results, ended)

    def _done(self, batch: list[Work], results: Sequence[Outputs | Exception], ended: float) -> None:
        self.busy -= 1
        batch[0].model.took(ended - batch[0].began)
        if self._batched:
            self._batched(sum(work.rows for work in batch))
        for work, result in zip(batch, results, strict=True):
            work.ended = ended
            if work.future is None or work.future.done():  # the client gave up
                continue
            if isinstance(result, Exception):
                work.future.set_exception(result)
            else:
                work.future.set_result(result)
        self._dispatch()


def _group(work: Work) -> tuple[Any, ...]:
    shapes = tuple(array.shape[1:] for array in work.inputs.values())
    return (id(work.model), work.outputs, tuple(work.inputs), shapes)


def _separately(batch: list[Work]) -> Sequence[Outputs | Exception]:
    """The outcome of each; where a batch fails, each alone, so that one bad request harms no other."""
    try:
        return _predicted(batch)
    except Exception as error:
        return [error] if len(batch) == 1 else [_separately([work])[0] for work in batch]


def _predicted(batch: list[Work]) -> list[Outputs]:
    first = batch[0]
    if len(batch) == 1:
        return [first.model.engine(first.inputs, first.outputs)]
    joined = {name: np.concatenate([work.inputs[name] for work in batch]) for name in first.inputs}
    outputs = first.model.engine(joined, first.outputs)
    cuts = np.cumsum([work.rows for work in batch])
    for name, array in outputs.items():
        if len(array) != cuts[-1]:
            raise ValueError(f"output {name!r} has {len(array)} rows for {cuts[-1]} rows of input")
    return [
        {name: array[end - work.rows : end] for name, array in outputs.items()}
        for work, end in zip(batch, cuts.tolist(), strict=True)
    ]
