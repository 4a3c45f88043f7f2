"""Gateways in tests: on a thread of the test, or as a process; and plain HTTP to ask them with."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from running import PROGRAM
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import ServerInputs
from stagewright_plugins.serving.assembly import Settings
from stagewright_plugins.serving.server import Running, background


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Ask:
    """One kept connection; a body that is no bytes goes as JSON."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, raw, named)
        reply = self.connection.getresponse()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())

    def infer(self, values: list[list[float]], model: str = "scaled", **more: Any) -> Reply:
        return self("POST", f"/v2/models/{model}/infer", x(values) | more)


def x(values: list[list[float]]) -> dict[str, Any]:
    """The request of a `scaled` package."""
    shape = list(np.shape(values))
    return {"inputs": [{"name": "x", "datatype": "FP32", "shape": shape, "data": values}]}


@contextmanager
def running(
    home: Path,
    stable: Path,
    canary: Path | None = None,
    policy: Mapping[str, Any] | None = None,
    resolve: Callable[..., Any] | None = None,
    **settings: Any,
) -> Iterator[tuple[Ask, Running]]:
    """A gateway on a thread; its model has the name that the package's signature says."""
    name = json.loads((stable / "signature.json").read_text())["name"]
    arms = {"stable": stable} | ({"canary": canary} if canary else {})
    inputs = ServerInputs(name, arms, home, policy, resolve or Registry().component)
    with background(inputs, Settings(**settings)) as gateway:
        yield Ask(int(gateway.address.rsplit(":", 1)[1])), gateway


def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """`stagewright serve` as a process."""

    process: subprocess.Popen[str]
    port: int

    @property
    def ask(self) -> Ask:
        return Ask(self.port)


def start(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> Program:
    """Start it in a folder and wait until it answers."""
    port = free_port()
    process = subprocess.Popen(
        [str(PROGRAM), "serve", *words, "--port", str(port)],
        cwd=folder, text=True, stderr=subprocess.PIPE, env=os.environ | dict(environment or {}),
    )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, f"it ended: {process.stderr.read() if process.stderr else ''}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers, 60)
    return Program(process, port)
