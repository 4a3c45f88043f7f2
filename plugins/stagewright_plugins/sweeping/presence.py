"""Whether the worker of a trial still lives: a lock file on its own machine, a count that goes up for all others."""

from __future__ import annotations

import fcntl
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from .counting import BEAT, OWNER

BEAT_SECONDS = 20.0
PATIENCE = 4 * BEAT_SECONDS  # seconds without a beat after which a worker of another machine counts as dead
UNOWNED_SECONDS = 5.0  # between being asked for and naming its worker lie milliseconds
_BOOT = Path("/proc/sys/kernel/random/boot_id")

_held: set[str] = set()  # names that this very process holds: a process never blocks itself


@cache
def host() -> str:
    """This machine, until it is started anew."""
    boot = _BOOT.read_text().strip()[:8] if _BOOT.is_file() else ""
    return f"{platform.node()}/{boot}"


@contextmanager
def present(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Hold a worker's lock file while it works; gives what its trials name as their owner.

    A POSIX record lock: unlike `flock`, it does not live on in children that the worker forked.
    """
    path = _path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        _held.add(name)
        try:
            yield {"host": host(), "name": name, "folder": str(folder)}
        finally:
            _held.discard(name)
            path.unlink(missing_ok=True)


def _path(folder: Path, name: str) -> Path:
    return folder / "workers" / f"{name}.lock"


def lives(folder: Path, name: str) -> bool:
    """Whether a worker of this machine still holds its lock file."""
    if name in _held:
        return True
    try:
        with open(_path(folder, name)) as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def swept_up(folder: Path) -> None:
    """Remove the lock files of dead workers."""
    for path in (folder / "workers").glob("*.lock"):
        if not lives(folder, path.stem):
            path.unlink(missing_ok=True)


class Beats:
    """A thread that counts up an attribute of the trial at hand, so that other machines see it run."""

    def __init__(self, seconds: float = BEAT_SECONDS) -> None:
        self._seconds = seconds
        self._done = threading.Event()
        self._trial: Any = None
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Beats:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def of(self, trial: Any) -> None:
        """Beat for this trial from now on; for none, if None. No beat is under way once this returns."""
        with self._guard:
            self._trial = trial

    def _run(self) -> None:
        import optuna

        count = 0
        while not self._done.wait(self._seconds):
            count += 1
            with self._guard:
                if self._trial is None:
                    continue
                try:
                    self._trial.set_user_attr(BEAT, count)
                except optuna.exceptions.UpdateFinishedTrialError:
                    self._trial = None  # taken for dead and put back by another machine


class Watch:
    """Tells dead trials from running ones; compares nobody's clock, only what it saw itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[Any, float]] = {}

    def dead(self, trial: Any) -> bool:
        """Whether nobody works on a running trial any more."""
        owner = trial.user_attrs.get(OWNER)
        if owner and owner["host"] == host() and Path(owner["folder"]).is_dir():
            return not lives(Path(owner["folder"]), owner["name"])
        stamp = (owner and owner["name"], trial.user_attrs.get(BEAT))
        before, since = self._seen.get(trial.number, (None, 0.0))
        if before != stamp:
            self._seen[trial.number] = (stamp, self._clock())
            return False
        return self._clock() - since > (PATIENCE if owner else UNOWNED_SECONDS)


def parent_ended() -> None:
    """In a worker process: end at once when the process that started it does, so that nobody works unseen."""
    import multiprocessing
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
