"""deploy.server: answers until it is told to stop, then gives an exit code."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.request
from typing import Any

from stagewright.contract import Component
from stagewright.stages.deploy import ServerInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import chain

SECONDS = 20  # until it must be ready


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """It serves on `port`, says when it is ready (Open Inference Protocol V2), and ends on SIGTERM."""
    from dataclasses import replace

    package = chain("image")["deploy"]
    given = ServerInputs(package.name, {"stable": package.path}, bench.folder, None, bench.registry.component)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    heard: list[int] = []
    caller = threading.Thread(target=_ask, args=(port, heard))
    caller.start()
    code = replace(plugin, settings={**plugin.settings, "port": port})(given)
    caller.join()
    assert heard == [200], f"it was never ready: {heard}"
    return code


def _ask(port: int, heard: list[int]) -> None:
    """Ask until it is ready, then tell this process to stop serving, as a container's runtime does."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and not heard:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/health/ready", timeout=1) as answer:
                heard.append(answer.status)
        except OSError:
            time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)
