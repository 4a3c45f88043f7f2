"""A study as a journal file that survives `kill -9` at any moment.

Optuna's own file backend locks by a symbolic link, which outlives a killed process for 30 seconds, and appends behind
whatever a killed process left: a half-written line then runs into the next one and makes the whole file unreadable.
Here the kernel holds the lock, and a half-written line, which nobody was ever told of, is cut off before the next.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend

_SET_STATE = 6  # Optuna's operation code: a trial changes its state, with its values
_LONGEST_TAIL = 1 << 20  # bytes looked at for the end of the last whole line, at a time


@contextmanager
def locked(path: Path, shared: bool = False) -> Iterator[None]:
    """Hold a lock file; the kernel lets go of it when the process ends, however it ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class SoundJournal(JournalFileBackend):
    """Optuna's journal file, with a lock that cannot be left behind and no half line between two whole ones."""

    def __init__(self, path: Path) -> None:
        self._guard = path.with_name(path.name + ".flock")
        super().__init__(str(path))

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        """Operations from a number on; no writer is half-way meanwhile."""
        if os.stat(self._file_path).st_size == self._log_number_offset.get(log_number_from):
            return  # nothing new, as mostly: Optuna looks some twenty times a trial
        with locked(self._guard, shared=True):
            yield from super().read_logs(log_number_from)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append operations.

        Waits for the disk only when a trial ends: what was written before goes with it, and what a power cut takes
        belongs to a trial that has not finished.
        """
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        with locked(self._guard), open(self._file_path, "r+b", buffering=0) as file:
            file.seek(_end_of_lines(file))
            file.truncate()
            _write(file, lines)
            if any(log["op_code"] == _SET_STATE for log in logs):
                os.fsync(file.fileno())


def _end_of_lines(file: Any) -> int:
    """Where the last whole line ends."""
    end = int(file.seek(0, os.SEEK_END))
    while end:
        start = max(0, end - (1 if end == file.seek(0, os.SEEK_END) else _LONGEST_TAIL))
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return int(start + found + 1)
        end = start
    return 0


def _write(file: Any, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += file.write(content[written:])
