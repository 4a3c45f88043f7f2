"""Small models on one thread, large columns on all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
LARGE = 50_000  # rows from which threads pay: sorting lets go of Python's lock


def in_order(function: Callable[[Item], Result], items: Iterable[Item], rows: int) -> list[Result]:
    """`map` over the columns of frames with so many rows."""
    workers = min(
        8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    if rows < LARGE or workers == 1:
        return list(map(function, items))
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))


def one_thread() -> Any:
    """A context without OpenMP's threads: for a few thousand rows they cost more than they give.

    Beside a server that uses the same cores they wait for one another: seconds instead of a tenth of one.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="openmp")
