"""The process around the gateway: load, listen, drain, exit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import uvicorn

from stagewright.errors import StagewrightError
from stagewright.live.event_log import EventLog, folder
from stagewright.stages.deploy import ServerInputs

from .access import Access
from .arms import CANARY, STABLE, Arms
from .batching import Batcher, Limits
from .commands import Commands
from .figures import Figures
from .gateway import Gateway
from .loaded import load
from .predicting import Predicting
from .shadow import Mirror
from .traffic import Traffic

log = logging.getLogger("stagewright.serve")
BACKLOG = 2048


@dataclass(frozen=True)
class Settings:
    """How to listen, predict, log and stop; see the plugin `deploy/server/gateway.py`."""

    host: str
    port: int
    token: str
    threads: int
    limits: Limits
    max_body: int
    unit_header: str
    shadow_queue: int
    drain_seconds: float
    drop: tuple[str, ...]
    hash: tuple[str, ...]
    payload_rate: float


def serve(inputs: ServerInputs, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code.

    Raises:
        StagewrightError: a package is refused, or the address cannot be listened on.
    """
    _logging()
    arms = Arms(inputs.name, *(_loaded(inputs, settings, arm) for arm in (STABLE, CANARY)))
    with _listening(settings) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serving(inputs, settings, arms, listener))


def _loaded(inputs: ServerInputs, settings: Settings, arm: str) -> Any:
    if arm not in inputs.arms:
        return None
    return load(inputs.arms[arm], inputs.resolve, settings.threads)


async def _serving(inputs: ServerInputs, settings: Settings, arms: Arms, listener: socket.socket) -> int:
    with EventLog(
        folder(inputs.home, inputs.name),
        drop=settings.drop, hash=settings.hash, payload_rate=settings.payload_rate,
    ) as events:  # fmt: skip
        built = _Built(inputs, settings, arms, events)
        try:
            built.traffic.begin()
            return await _until_told(built.gateway, listener, settings, arms)
        finally:
            built.close()


class _Built:
    """Everything a gateway is made of, and its end."""

    def __init__(self, inputs: ServerInputs, settings: Settings, arms: Arms, events: EventLog) -> None:
        self._events = events
        self.figures = Figures(self._standing)
        access = Access(settings.token)
        self.batcher = Batcher(settings.limits, self.figures.batch_rows.observe)
        self.mirror = Mirror(settings.shadow_queue)
        self.traffic = Traffic(arms, inputs.home, inputs.policy, inputs.resolve, self._decided)
        predicting = Predicting(
            self.traffic, self.batcher, self.mirror, events, self.figures, settings.unit_header,
            settings.max_body,
        )  # fmt: skip
        commands = Commands(
            self.traffic, access, events, self.figures, inputs.home, inputs.resolve, settings.threads
        )
        self.gateway = Gateway(predicting, commands, access, self.figures, self.traffic)

    def close(self) -> None:
        """In this order: nobody may speak to what is closed already."""
        self.batcher.close()
        self.mirror.close()
        self.traffic.close()

    def _decided(self, decision: Mapping[str, Any]) -> None:
        self._events.write({"kind": "decision", **decision})

    def _standing(self) -> Mapping[str, Any]:
        rollout = self.traffic.rollout
        return {
            "arms": {arm: model.version for arm, model in self.traffic.arms},
            "model": self.traffic.arms.name,
            "queue": self.batcher.queued,
            "in_flight": self.gateway.in_flight,
            "ready": self.gateway.ready,
            "weight": rollout.weight if rollout else 0.0,
            "phase": rollout.controller.phase if rollout else "",
            "pending": self.traffic.pending,
        }


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: draining comes before it stops to listen."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_told(gateway: Gateway, listener: socket.socket, settings: Settings, arms: Arms) -> int:
    config = uvicorn.Config(
        gateway, loop="none", http="httptools", ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, backlog=BACKLOG, timeout_keep_alive=75,
    )  # fmt: skip
    server = _Server(config)
    loop = asyncio.get_running_loop()
    _on_signals(loop, _drain(gateway, server, loop, settings.drain_seconds))
    host, port = listener.getsockname()[:2]
    versions = ", ".join(f"{arm} {model.version[:12]}" for arm, model in arms)
    log.info("%s (%s) at http://%s:%s", arms.name, versions, f"[{host}]" if ":" in host else host, port)
    await server.serve([listener])
    return 0


def _drain(
    gateway: Gateway, server: uvicorn.Server, loop: asyncio.AbstractEventLoop, seconds: float
) -> Callable[[bool], None]:
    """First say not ready, so that balancers send nobody new; then stop to listen and finish what is here."""

    def stop() -> None:
        server.should_exit = True

    def drain(at_once: bool) -> None:
        if gateway.draining or at_once:
            stop()
        if not gateway.draining:
            gateway.draining = True
            log.info("stopping: finishing %s requests", gateway.in_flight)
            loop.call_later(seconds, stop)

    return drain


def _on_signals(loop: asyncio.AbstractEventLoop, drain: Callable[[bool], None]) -> None:
    loop.add_signal_handler(signal.SIGTERM, drain, False)
    loop.add_signal_handler(signal.SIGINT, drain, True)


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise StagewrightError(f"cannot listen on {where}: {os.strerror(error.errno or 0)}") from error
    with listener:
        yield listener


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop


def _logging() -> None:
    """The gateway's own few lines on stderr; a library's only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
