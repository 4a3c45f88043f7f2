"""How long one request takes on onnxruntime, and how much that is of what another model takes.

A machine is never quiet: figures in milliseconds differ from one minute to the next. So both models take turns,
and their ratio is the median over the turns of the ratio within a turn, in which a disturbance meets both. With one
thread the ratio is that of processor time, which does not count waiting for others: on two cores with fifteen
processes it varied by 0.004 (standard deviation) where that of elapsed time varied by 0.06. With more threads it is
that of elapsed time, since what they gain is to be seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .session import session

if TYPE_CHECKING:
    import numpy as np

PERCENTILES = (50, 95, 99)
WARM = 5  # requests before the first that counts
FEWEST = 20  # turns, however slow the model is


@dataclass(frozen=True)
class Latency:
    """One model's requests of one sample.

    Attributes:
        milliseconds: percentiles of elapsed time, by name: `p50`, `p95`, `p99`.
        ratio: to the reference, by turns; 1 for the reference itself.
        turns: how many requests each model answered.
    """

    milliseconds: Mapping[str, float]
    ratio: float
    turns: int


def paired(
    reference: Path, path: Path, request: np.ndarray, threads: int, turns: int = 200, seconds: float = 3.0
) -> tuple[Latency, Latency]:
    """Let two ONNX files answer the same request by turns.

    Args:
        reference: the file that the other is held against.
        path: the other file.
        request: one sample, (1, C, H, W) float32.
        threads: of each session.
        turns: requests that each answers.
        seconds: after which no further turn begins, once there are FEWEST.

    Returns:
        The latencies of the reference and of the other.
    """
    sessions = [session(reference, threads), session(path, threads)]
    asked = [partial(one.run, None, {one.get_inputs()[0].name: request}) for one in sessions]
    return by_turns(*asked, threads, turns, seconds)


def by_turns(
    reference: Callable[[], object],
    other: Callable[[], object],
    threads: int,
    turns: int = 200,
    seconds: float = 3.0,
) -> tuple[Latency, Latency]:
    """As `paired`, of anything that answers a request when called."""
    import numpy as np

    asked = (reference, other)
    for one in asked * WARM:
        _timed(one)
    taken, ends = [], time.perf_counter() + seconds
    while len(taken) < turns and (len(taken) < FEWEST or time.perf_counter() < ends):
        first = len(taken) % 2  # who comes second finds the other's data in the cache
        pair = {i: _timed(asked[i]) for i in (first, 1 - first)}
        taken.append((pair[0], pair[1]))
    times = np.array(taken)  # (turns, 2, elapsed and processor)
    compared = times[:, :, 1 if threads == 1 else 0]
    ratio = float(np.median(compared[:, 1] / compared[:, 0]))
    return _latency(times[:, 0, 0], 1.0), _latency(times[:, 1, 0], ratio)


def _timed(one: Callable[[], object]) -> tuple[float, float]:
    """Seconds that passed, and seconds that this thread worked; with one thread it does all the work."""
    began, working = time.perf_counter(), time.thread_time()
    one()
    return time.perf_counter() - began, time.thread_time() - working


def _latency(times: np.ndarray, ratio: float) -> Latency:
    import numpy as np

    values = np.percentile(times, PERCENTILES) * 1000
    named = {f"p{rank}": float(value) for rank, value in zip(PERCENTILES, values, strict=True)}
    return Latency(named, ratio, len(times))
