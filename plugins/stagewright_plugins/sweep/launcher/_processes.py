"""Spawned worker processes: started, watched, replaced, and ended with this one."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from uuid import uuid4

from stagewright.errors import StagewrightError
from stagewright.stages.sweep import Launch

TICK_SECONDS = 0.5
GRACE_SECONDS = 5.0  # between asking a worker to end and ending it
EARLY_DEATHS = 3  # workers in a row that die before they work: the next would, too
# What numeric libraries read once, at import, to size their thread pools.
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def run(launch: Launch, threads: int | None) -> None:
    """Keep as many workers alive as wanted, until each has returned.

    Raises:
        StagewrightError: workers die before they come to work, or a worker raises.
    """
    share = threads or max(1, (os.cpu_count() or 1) // launch.workers)
    crew = _Crew(launch, share)
    try:
        for _ in range(launch.workers):
            crew.start()
        while crew.alive:
            wait([process.sentinel for process in crew.alive.values()], TICK_SECONDS)
            crew.look()
            launch.tick()
    finally:
        crew.end()


class _Crew:
    def __init__(self, launch: Launch, threads: int) -> None:
        self._launch, self._threads = launch, threads
        self._spawn = multiprocessing.get_context("spawn")
        self._blob = pickle.dumps(launch.work)
        self._early = 0
        self._words: dict[str, Connection] = {}
        self.alive: dict[str, BaseProcess] = {}

    def start(self) -> None:
        """Start one more worker."""
        name = f"process-{uuid4().hex[:12]}"
        hears, says = self._spawn.Pipe(duplex=False)
        process = self._spawn.Process(target=_life, args=(self._blob, name, says), name=name)
        with _limited(self._threads):
            process.start()
        says.close()
        self.alive[name], self._words[name] = process, hears

    def look(self) -> None:
        """Replace workers that died; those that returned are done."""
        for name, process in [item for item in self.alive.items() if not item[1].is_alive()]:
            del self.alive[name]
            words = _heard(self._words.pop(name))
            if process.exitcode == 0:
                continue
            if len(words) > 1:
                raise pickle.loads(words[1])
            self._launch.lost(name)
            self._early = 0 if words else self._early + 1
            if self._early >= EARLY_DEATHS:
                raise StagewrightError(
                    f"{EARLY_DEATHS} workers in a row ended before they came to work, "
                    f"exit code {process.exitcode}"
                )
            self.start()

    def end(self) -> None:
        """End workers that still live: asked first, then by force."""
        for process in self.alive.values():
            process.terminate()
        for process in self.alive.values():
            process.join(GRACE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def _heard(words: Connection) -> list[bytes]:
    """What a worker said: that it came to work, and what it failed of, if it did."""
    found = []
    try:
        while words.poll():
            found.append(words.recv_bytes())
    except (EOFError, OSError):
        pass  # its end of the pipe closed with it
    words.close()
    return found


def _life(blob: bytes, name: str, says: Connection) -> None:
    """What a worker process does."""
    from stagewright_plugins.sweeping.presence import parent_ended

    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the parent ends its workers
    parent_ended()
    try:
        work = pickle.loads(blob)
        says.send_bytes(b"at work")
        work(name, None)
    except StagewrightError as error:
        says.send_bytes(pickle.dumps(type(error)(str(error))))
        os._exit(1)
    except Exception as error:
        told = StagewrightError(f"a worker failed outside a trial: {type(error).__name__}: {error}")
        says.send_bytes(pickle.dumps(told))
        raise


@contextmanager
def _limited(threads: int) -> Iterator[None]:
    """The environment in which a worker starts: its share of the machine's threads, unless the user said one."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update({name: str(threads) for name, said in before.items() if said is None})
    try:
        yield
    finally:
        for name, said in before.items():
            if said is None:
                os.environ.pop(name, None)
