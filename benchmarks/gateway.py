"""The gateway against raw onnxruntime, a hand-written FastAPI app and LitServe, all serving the same ONNX graph.

    python benchmarks/gateway.py [SECONDS] [ROUNDS]

A small U-Net-like network reads 128 × 128 uint8 pictures; requests carry them as bytes, answers the mask as bytes.
All servers run at once and take turns, so that a disturbance of the machine meets each of them; the client is a
process of its own on plain sockets with kept connections. Aims: requests/s at least 0.95 × the hand-written app's
with every feature of the gateway on (event log, metrics, request ids, a canary that takes half of the traffic), and
at most 1.3 × raw onnxruntime's time per request.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from _session import SIDE, THREADS, session

CLASSES = 3
CONNECTIONS = (1, 16)
HERE = Path(__file__).resolve()
# Environment of every server: the same threads for all.
QUIET = {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


# ---- the model ------------------------------------------------------------------------------------------


def graph(path: Path, width: int) -> None:
    """`image` UINT8 (N, 1, H, W) → `mask` UINT8 (N, H, W), `confidence` FP32 (N,)."""
    import torch
    from torch import nn

    def block(given: int, made: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(given, made, 3, padding=1), nn.ReLU())

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = block(1, width), block(width, 2 * width)
            self.third, self.last = block(3 * width, width), nn.Conv2d(width, CLASSES, 1)

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            fine = self.first(image.float() / 255)
            coarse = self.second(nn.functional.max_pool2d(fine, 2))
            joined = torch.cat([fine, nn.functional.interpolate(coarse, scale_factor=2)], 1)
            top = self.last(self.third(joined)).softmax(1).max(1)
            return top.indices.to(torch.uint8), top.values.mean((1, 2))

    torch.manual_seed(0)
    example = torch.zeros(2, 1, SIDE, SIDE, dtype=torch.uint8)
    torch.onnx.export(
        Net().eval(), (example,), str(path), input_names=["image"], output_names=["mask", "confidence"],
        dynamic_shapes=({0: torch.export.Dim("n")},), dynamo=True, external_data=False, verbose=False,
    )  # fmt: skip


def package(folder: Path, width: int, note: str) -> Path:
    """The graph as a package; `note` makes another version of it."""
    from stagewright_plugins.packaging import manifest

    folder.mkdir(parents=True)
    graph(folder / "model.onnx", width)
    signature = {
        "name": "pictures", "version": "", "platform": "onnx", "classes": list("abc"),
        "task": {"type": "segmentation", "size": [SIDE, SIDE], "note": note},
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, 1, SIDE, SIDE]}],
        "outputs": [
            {"name": "mask", "datatype": "UINT8", "shape": [-1, SIDE, SIDE]},
            {"name": "confidence", "datatype": "FP32", "shape": [-1]},
        ],
    }  # fmt: skip
    (folder / "signature.json").write_text(json.dumps(signature))
    manifest.stamp(folder)
    manifest.write(folder)
    return folder


# ---- the servers, each started as `python benchmarks/gateway.py NAME PACKAGE… PORT` --------------------------------


def serve_fastapi(model: Path, port: int) -> None:
    from _fastapi import serve

    serve(model, port)


def serve_litserve(model: Path, port: int) -> None:
    from _litserve import serve

    serve(model, port, len(os.sched_getaffinity(0)))


def serve_gateway(packages: list[Path], port: int) -> None:
    """With two packages: a canary with half of the traffic, two guards, and every other feature."""
    from stagewright.plugin.registry import Registry
    from stagewright.stages.deploy import ServerInputs

    registry = Registry()
    guards = [
        {"name": "errors", "metric": "request.error"},
        {"name": "slow", "metric": "latency_ms > 1000"},
    ]
    known = bool(registry.names("rollout.test"))
    policy = {
        "steps": [{"setWeight": 50}, {"pause": {}}],
        "analysis": {"guards": guards if known else []},
    }
    with tempfile.TemporaryDirectory() as home:
        arms = dict(zip(("stable", "canary"), packages, strict=False))
        inputs = ServerInputs("pictures", arms, Path(home), policy, registry.component)
        registry.component("deploy.server", {"type": "gateway", "port": port, "threads": THREADS})(inputs)


# ---- the client, a process of its own ----------------------------------------------------------------------------


def infer_request(image: bytes) -> bytes:
    """One Open Inference Protocol request, picture and mask as bytes."""
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "image", "datatype": "UINT8", "shape": [1, 1, SIDE, SIDE],
                    "parameters": {"binary_data_size": len(image)},
                }
            ],
            "outputs": [{"name": "mask", "parameters": {"binary_data": True}}],
        }
    ).encode()  # fmt: skip
    more = f"Inference-Header-Content-Length: {len(head)}\r\n"
    return http("/v2/models/pictures/infer", head + image, "application/octet-stream", more)


def http(path: str, body: bytes, kind: str, more: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Sends the same request again as soon as it is answered, until the end."""

    def __init__(self, request: bytes, end: float, times: list[float], done: asyncio.Future[None]) -> None:
        self.request, self.end, self.times, self.done = request, end, times, done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.received, self.expected = b"", 0
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.expected and (head := self.received.find(b"\r\n\r\n")) >= 0:
            lines = self.received[:head].lower().split(b"\r\n")
            if b" 200 " not in lines[0]:
                sys.stderr.write(f"refused: {self.received[:500]!r}\n")
                os._exit(1)  # an exception here would only be logged
            length = next(line for line in lines if line.startswith(b"content-length:"))
            self.expected = head + 4 + int(length[15:])
        if self.expected and len(self.received) >= self.expected:
            now = time.perf_counter()
            self.times.append(now - self.began)
            if now < self.end:
                self._send()
            else:
                self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, request: bytes, connections: int, seconds: float) -> list[float]:
    loop, times = asyncio.get_running_loop(), []
    end = time.perf_counter() + seconds
    done = [loop.create_future() for _ in range(connections)]
    for future in done:
        await loop.create_connection(
            lambda future=future: Connection(request, end, times, future), "127.0.0.1", port
        )
    await asyncio.gather(*done)
    return times


def client(kind: str, port: int, connections: int, seconds: float) -> None:
    """Print the seconds of every request as JSON."""
    import uvloop

    image = np.random.default_rng(0).integers(0, 256, SIDE * SIDE, dtype=np.uint8).tobytes()
    request = {
        "gateway": lambda: infer_request(image),
        "fastapi": lambda: http("/predict", image, "application/octet-stream"),
        "litserve": lambda: http(
            "/predict", json.dumps({"image": b64encode(image).decode()}).encode(), "application/json"
        ),
    }[kind]()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(load(port, request, connections, seconds))))


# ---- one round after another -------------------------------------------------------------------------------------


def raw(model: Path, seconds: float) -> list[float]:
    """The same inference in a loop in this process, nothing around it."""
    run = session(model).run
    image = np.random.default_rng(0).integers(0, 256, (1, 1, SIDE, SIDE), dtype=np.uint8)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        run(["mask", "confidence"], {"image": image})
        times.append(time.perf_counter() - began)
    return times


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """A process group, the port it listens on, and the kind of request it understands."""

    kind: str
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its processes."""
        everyone = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in everyone)


@contextmanager
def served(kind: str, *packages: Path) -> Iterator[Server]:
    """Start a server; gives it once it listens."""
    port = free_port()
    command = [sys.executable, str(HERE), "--serve", kind, *map(str, packages), str(port)]
    process = subprocess.Popen(
        command, env=os.environ | QUIET, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{kind} does not listen")
        yield Server(kind, port, psutil.Process(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


@dataclass(frozen=True)
class Part:
    """What one round measured: seconds of every request, and processor seconds of the server."""

    times: list[float]
    cpu: float

    @property
    def count(self) -> float:
        return len(self.times)

    @property
    def p50(self) -> float:
        return statistics.median(self.times)

    @property
    def thrift(self) -> float:
        """Requests per second of processor time: what throughput is made of, even on a busy machine."""
        return self.count / self.cpu


def called(server: Server, connections: int, seconds: float) -> Part:
    words = ["--client", server.kind, str(server.port), str(connections), str(seconds)]
    before = server.cpu()
    done = subprocess.run([sys.executable, str(HERE), *words], stdout=subprocess.PIPE, text=True, check=True)
    return Part(json.loads(done.stdout), server.cpu() - before)


def measured_raw(model: Path, seconds: float) -> Part:
    before = time.process_time()
    times = raw(model, seconds)
    return Part(times, time.process_time() - before)


FULL, BARE, HAND, LIT = "gateway, canary at 50 %", "gateway, one arm", "FastAPI by hand", "LitServe"
RAW = ("raw onnxruntime", 1)
Rounds = dict[tuple[str, int], list[Part]]


def measured(seconds: float, rounds: int, width: int, folder: Path) -> None:
    one, two = package(folder / "one", width, "one"), package(folder / "two", width, "two")
    model = one / "model.onnx"
    with ExitStack() as stack:
        servers = {
            FULL: stack.enter_context(served("gateway", one, two)),
            BARE: stack.enter_context(served("gateway", one)),
            HAND: stack.enter_context(served("fastapi", model)),
            LIT: stack.enter_context(served("litserve", model)),
        }
        runs: dict[tuple[str, int], Callable[[], Part]] = {RAW: lambda: measured_raw(model, seconds)}
        for connections in CONNECTIONS:
            for name, server in servers.items():
                runs[name, connections] = lambda s=server, c=connections: called(s, c, seconds)
        for server in servers.values():
            called(server, 4, 1.0)  # warm
        every: Rounds = {key: [] for key in runs}
        for _ in range(rounds):
            for key, run in runs.items():
                every[key].append(run())
    _print(every, seconds)


def _print(every: Rounds, seconds: float) -> None:
    for (name, connections), parts in every.items():
        times = [value for part in parts for value in part.times]
        p50, p99 = (1000 * float(np.quantile(times, q)) for q in (0.5, 0.99))
        rate, cpu = len(times) / seconds / len(parts), 1000 * sum(part.cpu for part in parts) / len(times)
        figures = f"{rate:7.0f} requests/s  p50 {p50:7.3f} ms  p99 {p99:7.3f} ms  processor {cpu:6.3f} ms"
        print(f"{name:<24} c={connections:<3} {figures}")
    for connections in CONNECTIONS:
        full, hand, lit = ((name, connections) for name in (FULL, HAND, LIT))
        against = _ratio(every, full, hand, "count")
        print(f"requests/s, gateway / by hand, c={connections}: {against}  (aim: at least 0.95)")
        print(f"  per second of processor time: {_ratio(every, full, hand, 'thrift')}")
        print(f"requests/s, gateway / LitServe, c={connections}: {_ratio(every, full, lit, 'count')}")
    print(f"time per request, gateway / raw: {_ratio(every, (FULL, 1), RAW, 'p50')}  (aim: at most 1.3)")
    print(f"rollout's part of the median: {_more(every, (FULL, 1), (BARE, 1))} ms  (aim: at most 0.3)")
    print(f"everything around the model, client included: {_more(every, (FULL, 1), RAW)} ms at the median")


def _ratio(every: Rounds, one: tuple[str, int], other: tuple[str, int], of: str) -> str:
    """Of each round, so that what disturbs a round meets both."""
    paired = [getattr(a, of) / getattr(b, of) for a, b in zip(every[one], every[other], strict=True)]
    return f"{statistics.median(paired):.2f} (rounds {min(paired):.2f} to {max(paired):.2f})"


def _more(every: Rounds, one: tuple[str, int], other: tuple[str, int]) -> str:
    paired = [1000 * (a.p50 - b.p50) for a, b in zip(every[one], every[other], strict=True)]
    return f"{statistics.median(paired):.3f}"


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["--client"]:
        return client(words[1], int(words[2]), int(words[3]), float(words[4]))
    if words[:1] == ["--serve"]:
        *paths, port = words[2:]
        if words[1] == "gateway":
            return serve_gateway([Path(path) for path in paths], int(port))
        return {"fastapi": serve_fastapi, "litserve": serve_litserve}[words[1]](Path(paths[0]), int(port))
    seconds, rounds = float((words or ["3"])[0]), int([*words, "", "5"][1] or 5)
    for width in (12, 4):
        print(f"\nwidth {width}, {THREADS} thread a prediction, {len(os.sched_getaffinity(0))} cores")
        with tempfile.TemporaryDirectory() as folder:
            measured(seconds, rounds, width, Path(folder))
    return None


if __name__ == "__main__":
    main()
