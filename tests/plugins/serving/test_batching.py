from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright_plugins.packaging.tensors import BadRequest
from stagewright_plugins.serving.batching import Batcher, Limits
from stagewright_plugins.serving.loaded import Loaded
from stagewright_plugins.serving.refusal import RefusalError

Batches = list[int]


def model(
    factor: float, batches: Batches, wait: Callable[[], None] = lambda: None, seconds: float = 1
) -> Loaded:
    """`y` = factor · x; writes down how many rows came together."""

    def engine(
        inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        batches.append(len(inputs["x"]))
        wait()
        if (inputs["x"] == 13).any():
            raise BadRequest("thirteen")
        return {"y": inputs["x"] * factor}

    return Loaded(Path(), str(factor), {}, engine, ("y",), {"y": "FP32"}, seconds)


def rows(*values: float, width: int = 1) -> dict[str, np.ndarray]:
    return {"x": np.repeat(np.array(values, np.float32)[:, None], width, axis=1)}


def run(limits: Limits, work: Callable[[Batcher], Any]) -> Any:
    async def inside() -> Any:
        batcher = Batcher(limits)
        try:
            return await work(batcher)
        finally:
            batcher.close()

    return asyncio.run(inside())


def test_waiting_requests_are_joined_and_given_back_apart() -> None:
    batches: Batches = []
    slow = model(2, batches, lambda: time.sleep(0.02))

    async def work(batcher: Batcher) -> Any:
        return await asyncio.gather(*(batcher.run(slow, rows(n, n + 0.5), ("y",)) for n in range(6)))

    answers = run(Limits(max_batch=8), work)
    assert [outputs["y"].ravel().tolist() for outputs, _ in answers] == [[2 * n, 2 * n + 1] for n in range(6)]
    assert batches == [2, 8, 2]  # the first found an idle worker


def test_nothing_waits_for_others_unless_told() -> None:
    batches: Batches = []

    async def work(batcher: Batcher) -> Any:
        began = time.perf_counter()
        await batcher.run(model(1, batches), rows(1), ("y",))
        return time.perf_counter() - began

    assert run(Limits(max_batch=8), work) < 0.1
    assert 0.15 <= run(Limits(max_batch=8, max_wait=0.15), work) < 0.6


def test_a_full_batch_waits_no_longer() -> None:
    batches: Batches = []
    one = model(1, batches)

    async def work(batcher: Batcher) -> Any:
        began = time.perf_counter()
        await asyncio.gather(*(batcher.run(one, rows(n), ("y",)) for n in range(4)))
        return time.perf_counter() - began

    assert run(Limits(max_batch=4, max_wait=5), work) < 1
    assert batches == [4]


def test_only_equal_requests_share_a_batch() -> None:
    batches: Batches = []
    slow, other = model(2, batches, lambda: time.sleep(0.02)), model(3, batches)

    async def work(batcher: Batcher) -> Any:
        first = asyncio.create_task(batcher.run(slow, rows(0), ("y",)))
        await asyncio.sleep(0.005)
        return await asyncio.gather(
            first,
            batcher.run(slow, rows(1), ("y",)),
            batcher.run(other, rows(1), ("y",)),
            batcher.run(slow, rows(1, width=2), ("y",)),
            batcher.run(slow, rows(4), ("y",)),
        )

    answers = [outputs["y"].tolist() for outputs, _ in run(Limits(max_batch=8), work)]
    assert answers == [[[0]], [[2]], [[3]], [[2, 2]], [[8]]]
    assert sorted(batches) == [1, 1, 1, 2]


def test_a_bad_request_harms_no_other_of_its_batch() -> None:
    slow = model(2, [], lambda: time.sleep(0.02))

    async def work(batcher: Batcher) -> Any:
        asked = (batcher.run(slow, rows(n), ("y",)) for n in (0, 1, 13, 2))
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, bad, last = run(Limits(max_batch=8), work)
    assert [one[0]["y"].item() for one in (first, second, last)] == [0, 2, 4]
    assert isinstance(bad, RefusalError)
    assert (bad.status, bad.text) == (400, "thirteen")


def test_a_full_queue_refuses_and_says_when_to_come_back() -> None:
    gate = threading.Event()
    held = model(1, [], gate.wait, seconds=4)

    async def work(batcher: Batcher) -> Any:
        asked = [asyncio.create_task(batcher.run(held, rows(n), ("y",))) for n in range(5)]
        await asyncio.sleep(0.05)
        assert batcher.queued == 3
        gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = run(Limits(queue=3), work)
    refused = [one for one in answers if isinstance(one, RefusalError)]
    assert len(refused) == 1
    assert refused[0].status == 429
    assert dict(refused[0].headers) == {b"retry-after": b"12"}  # 3 waiting, 4 s each


def test_workers_predict_at_the_same_time() -> None:
    barrier = threading.Barrier(2, timeout=5)
    pair = model(1, [], lambda: barrier.wait() and None)

    async def work(batcher: Batcher) -> Any:
        return await asyncio.gather(*(batcher.run(pair, rows(n), ("y",)) for n in range(2)))

    assert len(run(Limits(workers=2), work)) == 2


def test_a_short_prediction_stays_on_the_loop_while_nobody_else_waits() -> None:
    threads: list[str] = []
    short = model(1, [], lambda: threads.append(threading.current_thread().name), seconds=0.0001)

    async def alone(batcher: Batcher) -> Any:
        await batcher.run(short, rows(1), ("y",))

    async def together(batcher: Batcher) -> Any:
        await asyncio.gather(*(batcher.run(short, rows(n), ("y",)) for n in range(3)))

    run(Limits(), alone)
    assert threads == ["MainThread"]
    threads.clear()
    run(Limits(), together)
    assert "MainThread" not in threads
    threads.clear()
    run(Limits(inline=0), alone)
    assert "MainThread" not in threads


def test_times_are_told() -> None:
    slow = model(1, [], lambda: time.sleep(0.02))

    async def work(batcher: Batcher) -> Any:
        return await asyncio.gather(*(batcher.run(slow, rows(n), ("y",)) for n in range(2)))

    (_, first), (_, second) = run(Limits(), work)
    assert first.ended - first.began >= 0.02
    assert second.began - second.arrived >= 0.015  # waited for the first


def test_rows_that_an_engine_loses_are_an_error_not_somebody_elses_answer() -> None:
    def engine(
        inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        time.sleep(0.02)
        return {"y": inputs["x"][:1]}

    short = Loaded(Path(), "1", {}, engine, ("y",), {"y": "FP32"}, 1)

    async def work(batcher: Batcher) -> Any:
        return await asyncio.gather(*(batcher.run(short, rows(n), ("y",)) for n in range(3)))

    # Joined, rows are missing; alone, each request has its own.
    assert [one[0]["y"].item() for one in run(Limits(max_batch=8), work)] == [0, 1, 2]


def test_what_an_engine_raises_reaches_its_request() -> None:
    def engine(
        inputs: Mapping[str, np.ndarray], outputs: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        raise RuntimeError("out of memory")

    broken = Loaded(Path(), "1", {}, engine, ("y",), {"y": "FP32"}, 1)
    with pytest.raises(RuntimeError, match="out of memory"):
        run(Limits(), lambda batcher: batcher.run(broken, rows(1), ("y",)))
