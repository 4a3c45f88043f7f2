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
from pathlib import Path

import numpy as np
from _session import SIDE, THREADS, session

CLASSES = 3
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
    from stagewright.registry import Registry
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


@contextmanager
def served(*words: str) -> Iterator[int]:
    """A server as a process group of its own; gives its port once it listens."""
    port = free_port()
    command = [sys.executable, str(HERE), *words, str(port)]
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
            raise SystemExit(f"{words[1]} does not listen")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def called(kind: str, port: int, connections: int, seconds: float) -> list[float]:
    command = [sys.executable, str(HERE), "--client", kind, str(port), str(connections), str(seconds)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def told(name: str, connections: int, times: list[float], seconds: float) -> str:
    rate = len(times) / seconds
    p50, p99 = (1000 * float(np.quantile(times, q)) for q in (0.5, 0.99))
    return f"{name:<26} c={connections:<3} {rate:8.0f} requests/s   p50 {p50:7.3f} ms   p99 {p99:7.3f} ms"


def measured(seconds: float, rounds: int, width: int, folder: Path) -> None:
    one, two = package(folder / "one", width, "one"), package(folder / "two", width, "two")
    model = one / "model.onnx"
    with ExitStack() as stack:
        ports = {
            "gateway, canary at 50 %": (
                "gateway",
                stack.enter_context(served("--serve", "gateway", str(one), str(two))),
            ),
            "gateway, one arm": ("gateway", stack.enter_context(served("--serve", "gateway", str(one)))),
            "FastAPI by hand": ("fastapi", stack.enter_context(served("--serve", "fastapi", str(model)))),
            "LitServe": ("litserve", stack.enter_context(served("--serve", "litserve", str(model)))),
        }
        runs: dict[tuple[str, int], Callable[[], list[float]]] = {
            ("raw onnxruntime", 1): lambda: raw(model, seconds)
        }
        for connections in (1, 16):
            for name, (kind, port) in ports.items():
                runs[name, connections] = lambda k=kind, p=port, c=connections: called(k, p, c, seconds)
        every: dict[tuple[str, int], list[list[float]]] = {key: [] for key in runs}
        for kind, port in ports.values():
            called(kind, port, 4, 1.0)
        for _ in range(rounds):
            for key, run in runs.items():
                every[key].append(run())
    _print(every, seconds)


def _print(every: dict[tuple[str, int], list[list[float]]], seconds: float) -> None:
    for (name, connections), parts in every.items():
        times = [value for part in parts for value in part]
        print(told(name, connections, times, seconds * len(parts)))

    def ratio(one: tuple[str, int], other: tuple[str, int], of: Callable[[list[float]], float]) -> str:
        paired = [of(a) / of(b) for a, b in zip(every[one], every[other], strict=True)]
        return f"{statistics.median(paired):.2f} (rounds {min(paired):.2f} to {max(paired):.2f})"

    def p50(times: list[float]) -> float:
        return statistics.median(times)

    full, hand, bare = "gateway, canary at 50 %", "FastAPI by hand", "gateway, one arm"
    for connections in (1, 16):
        against = ratio((full, connections), (hand, connections), len)
        print(f"requests/s, gateway / by hand, c={connections}: {against}  (aim: at least 0.95)")
        against = ratio((full, connections), ("LitServe", connections), len)
        print(f"requests/s, gateway / LitServe, c={connections}: {against}")
    print(
        f"time per request, gateway / raw: {ratio((full, 1), ('raw onnxruntime', 1), p50)}  (aim: at most 1.3)"
    )
    router = [1000 * (p50(a) - p50(b)) for a, b in zip(every[full, 1], every[bare, 1], strict=True)]
    print(f"rollout's part of the median: {statistics.median(router):.3f} ms  (aim: at most 0.3)")
    around = [
        1000 * (p50(a) - p50(b)) for a, b in zip(every[full, 1], every["raw onnxruntime", 1], strict=True)
    ]
    print(f"everything around the model, client included, at the median: {statistics.median(around):.3f} ms")


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
