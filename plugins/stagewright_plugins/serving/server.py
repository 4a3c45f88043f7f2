"""The process around the gateway: listen, serve, drain, exit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import uvicorn

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import ServerInputs

from .assembly import Assembly, Settings

log = logging.getLogger("stagewright.serve")
BACKLOG = 2048
KEEP_ALIVE = 75  # seconds; longer than balancers keep idle connections, so that they close first
STOP = 30  # seconds that what is in flight may still take


def serve(inputs: ServerInputs, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code.

    Raises:
        StagewrightError: a package is refused, or the address cannot be listened on.
    """
    _logging()

    def on_signals(running: Running) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, running.drain)
        loop.add_signal_handler(signal.SIGINT, running.stop)

    _run(inputs, settings, on_signals)
    return 0


@contextlib.contextmanager
def background(inputs: ServerInputs, settings: Settings) -> Iterator[Running]:
    """The same server on a thread of this process, for replays and tests; stopped at the end.

    Raises:
        StagewrightError: as `serve`.
    """
    started: Future[Running] = Future()

    def work() -> None:
        try:
            _run(inputs, settings, started.set_result)
        except BaseException as error:
            if started.done():
                log.exception("the server ended early")
            else:
                started.set_exception(error)

    thread = threading.Thread(target=work, name="gateway", daemon=True)
    thread.start()
    running = started.result()
    try:
        yield running
    finally:
        running.loop.call_soon_threadsafe(running.stop)
        thread.join()


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: draining comes before it stops to listen."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Running:
    """A server that listens.

    Attributes:
        address: `http://host:port`.
    """

    assembly: Assembly
    server: uvicorn.Server
    loop: asyncio.AbstractEventLoop
    address: str
    drain_seconds: float

    def drain(self) -> None:
        """First say not ready, so that balancers send nobody new; a while later stop. Twice: stop now."""
        if self.assembly.gateway.draining:
            self.stop()
            return
        self.assembly.gateway.draining = True
        log.info("stopping: finishing %s requests", self.assembly.gateway.in_flight)
        self.loop.call_later(self.drain_seconds, self.stop)

    def stop(self) -> None:
        """Listen no more; what is in flight is finished."""
        self.assembly.gateway.draining = True
        self.server.should_exit = True


def _run(inputs: ServerInputs, settings: Settings, started: Callable[[Running], None]) -> None:
    with _listening(settings) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serving(inputs, settings, listener, started))


async def _serving(
    inputs: ServerInputs, settings: Settings, listener: socket.socket, started: Callable[[Running], None]
) -> None:
    with Assembly.of(inputs, settings) as assembly:
        config = uvicorn.Config(
            assembly.gateway, loop="none", http="httptools", ws="none", lifespan="off", log_config=None,
            access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=STOP, backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE,
        )  # fmt: skip
        server = _Server(config)
        address, loop = _address(listener), asyncio.get_running_loop()
        listener.listen(BACKLOG)  # from here on a connection waits instead of being refused
        versions = ", ".join(f"{arm} {model.version[:12]}" for arm, model in assembly.traffic.arms)
        log.info("%s (%s) at %s", inputs.name, versions, address)
        started(Running(assembly, server, loop, address, settings.drain_seconds))
        await server.serve([listener])


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise StagewrightError(f"cannot listen on {settings.host}:{settings.port}: {why}") from error
    with listener:
        yield listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return None
    return uvloop.new_event_loop


def _logging() -> None:
    """The gateway's own few lines on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
