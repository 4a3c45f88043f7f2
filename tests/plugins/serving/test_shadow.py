from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright_plugins.serving.loaded import Loaded
from stagewright_plugins.serving.shadow import Compared, Mirror, agreement


def canary(engine: Callable[..., dict[str, np.ndarray]]) -> Loaded:
    return Loaded(Path(), "2", {}, engine, ("y",), {"y": "INT64"})


def copied(mirror: Mirror, model: Loaded, answer: dict[str, np.ndarray]) -> Compared:
    async def inside() -> Compared:
        done: asyncio.Future[Compared] = asyncio.get_running_loop().create_future()
        assert mirror.copy(model, {}, answer, done.set_result)
        return await done

    try:
        return asyncio.run(inside())
    finally:
        mirror.close()


def test_answers_are_compared() -> None:
    same = canary(lambda inputs, outputs: {"y": np.array([1, 2, 3, 5])})
    compared = copied(Mirror(4), same, {"y": np.array([1, 2, 3, 4])})
    assert (compared.agreement, compared.error) == (0.75, "")
    assert compared.outputs["y"].tolist() == [1, 2, 3, 5]


def test_a_canary_that_fails_is_told() -> None:
    def broken(inputs: Any, outputs: Any) -> dict[str, np.ndarray]:
        raise ValueError("no")

    compared = copied(Mirror(4), canary(broken), {"y": np.array([1])})
    assert (compared.agreement, compared.error) == (0.0, "ValueError: no")


def test_what_does_not_fit_is_dropped() -> None:
    gate, mirror = threading.Event(), Mirror(2)
    held = canary(lambda inputs, outputs: {"y": np.array([gate.wait(5)])})

    async def inside() -> list[bool]:
        taken = [mirror.copy(held, {}, {"y": np.array([True])}, lambda compared: None) for _ in range(4)]
        gate.set()
        return taken

    assert asyncio.run(inside()) == [True, True, False, False]
    mirror.close()


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="no priorities here")
def test_copies_yield_to_users() -> None:
    seen: list[int] = []

    def engine(inputs: Any, outputs: Any) -> dict[str, np.ndarray]:
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return {"y": np.array([1])}

    copied(Mirror(1), canary(engine), {"y": np.array([1])})
    assert seen == [19]


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ({"mask": [0, 1], "p": [0.1, 0.2]}, {"mask": [0, 1], "p": [0.9, 0.8]}, 1.0),  # decisions count
        ({"p": [0.1, 0.2]}, {"p": [0.1, 0.3]}, 0.5),
        ({"p": [0.1, float("nan")]}, {"p": [0.10001, float("nan")]}, 1.0),
        ({"label": [1], "mask": [[1, 1]]}, {"label": [1], "mask": [[1, 2]]}, 0.75),
        ({"label": [1, 2]}, {"label": [1]}, 0.0),
        ({"label": [1]}, {}, 0.0),
    ],
)
def test_agreement(one: dict[str, Any], other: dict[str, Any], share: float) -> None:
    assert agreement(arrays(one), arrays(other)) == share


def arrays(raw: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: np.array(values) for name, values in raw.items()}
