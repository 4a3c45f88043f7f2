"""Limits on wall time and memory, enforced while a step works, whether or not the step cooperates.

A thread watches; when a limit is passed it signals the main thread, where the handler raises
BudgetExceeded between two instructions. Python runs handlers only in the main thread, so a run started in
another thread (a notebook's executor) is checked between steps only.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from stagewright.errors import BudgetExceeded

POLL_SECONDS = 0.1
SIGNAL = signal.SIGUSR1


@contextmanager
def enforced(what: str, seconds: float | None, memory_bytes: float | None) -> Iterator[None]:
    """Raise BudgetExceeded inside the block once `seconds` are over or resident memory is beyond the limit.

    `seconds` may be zero or negative: the budget was used up before.
    """
    if seconds is None and memory_bytes is None:
        yield
        return
    if seconds is not None and seconds <= 0:
        raise BudgetExceeded(f"{what}: the time budget is used up")
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = _Watch(what, seconds, memory_bytes)
    before = signal.signal(SIGNAL, _on_signal)
    _watching.append(watch)
    watch.start()
    try:
        try:
            yield
        finally:
            _end(watch, before)
    finally:
        _end(watch, before)  # the first may have been interrupted by the very signal it ends


def heeded() -> None:
    """Raise BudgetExceeded where a limit was passed and the work caught what it was told, and went on."""
    if threading.current_thread() is threading.main_thread():
        _on_signal(SIGNAL, None)


# A run's limits stay in force while a step has limits of its own.
_watching: list[_Watch] = []


def _end(watch: _Watch, before: Any) -> None:
    """Stop watching; may be called twice."""
    watch.done.set()
    if watch in _watching:
        _watching.remove(watch)
    watch.join()
    signal.signal(SIGNAL, before)


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    reasons = [watch.reason for watch in _watching if watch.reason]
    if reasons:
        raise BudgetExceeded(reasons[0])


class _Watch(threading.Thread):
    def __init__(self, what: str, seconds: float | None, memory_bytes: float | None) -> None:
        super().__init__(daemon=True, name="stagewright-budget")
        self.what, self.seconds, self.memory_bytes = what, seconds, memory_bytes
        self.done = threading.Event()
        self.reason = ""
        self.main = threading.main_thread().ident or 0

    def run(self) -> None:
        start = time.monotonic()
        while not self.done.wait(POLL_SECONDS):
            if self.seconds is not None and time.monotonic() - start > self.seconds:
                self.reason = f"{self.what}: more than {self.seconds / 60:.3g} minutes of wall time"
            elif self.memory_bytes is not None and (used := resident_bytes()) > self.memory_bytes:
                limit = self.memory_bytes / 1e9
                self.reason = f"{self.what}: {used / 1e9:.2f} GB of memory, the budget is {limit:.3g} GB"
            if self.reason:
                signal.pthread_kill(self.main, SIGNAL)
                return


def resident_bytes() -> int:
    """Resident memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
