"""Ray tasks as workers: started, watched, replaced."""

from __future__ import annotations

import math
import os
import pickle
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.stages.sweep import Launch

TICK_SECONDS = 0.5
CONNECT_SECONDS = 10
DEATHS = 10  # lost workers in a row with none that returned: something is wrong with the nodes


@frozen
class Place:
    """Where a worker may run, and what it takes there."""

    address: str
    cpus: float
    gpus: float
    resources: Mapping[str, float]
    runtime_env: Mapping[str, Any]


def run(launch: Launch, place: Place) -> None:
    """Keep as many tasks running as there are workers, until each has returned.

    Raises:
        StagewrightError: Ray or the resources are missing, a worker raises, or the nodes lose one after another.
    """
    with _connected(launch, place) as ray:
        _require(ray, place)
        blob = pickle.dumps(launch.work)
        task = ray.remote(
            num_cpus=place.cpus, num_gpus=place.gpus, resources=dict(place.resources), max_retries=0
        )(_life)
        names: dict[Any, str] = {}

        def start() -> None:
            name = f"ray-{uuid4().hex[:12]}"
            names[task.remote(blob, name)] = name

        for _ in range(launch.workers):
            start()
        deaths = 0
        while names:
            done, _ = ray.wait(list(names), num_returns=1, timeout=TICK_SECONDS)
            for reference in done:
                name = names.pop(reference)
                if _returned(ray, reference):
                    continue
                deaths += 1
                launch.lost(name)
                if deaths >= DEATHS:
                    raise StagewrightError(f"sweep.launcher: Ray lost {DEATHS} workers; look at its nodes")
                start()
            launch.tick()


def _returned(ray: Any, reference: Any) -> bool:
    """Whether a worker returned; False where it was lost with its process or node; raises what it raised."""
    try:
        ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause if isinstance(error.cause, BaseException) else error
        if isinstance(cause, StagewrightError):
            raise cause from None
        told = f"a worker failed outside a trial: {type(cause).__name__}: {cause}"
        raise StagewrightError(told) from error
    except ray.exceptions.RayError:
        return False
    return True


def _life(blob: bytes, name: str) -> None:
    """What a worker does, in a process of Ray's."""
    pickle.loads(blob)(name, None)


@contextmanager
def _connected(launch: Launch, place: Place) -> Iterator[Any]:
    """Ray, connected; what was not connected before is let go of after."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise StagewrightError(
            "sweep.launcher: ray is not installed: pip install 'stagewright[ray]'"
        ) from error
    if ray.is_initialized():
        yield ray
        return
    _answers(place.address)
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if place.address == "local":
        cores = max(os.cpu_count() or 1, math.ceil(launch.workers * place.cpus))
        options |= {"num_cpus": cores, "include_dashboard": False, "object_store_memory": 80_000_000}
    try:
        ray.init(address=place.address, runtime_env=dict(place.runtime_env) or None, **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())[:300]
        raise StagewrightError(f"sweep.launcher: no Ray at {place.address!r}: {said}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _answers(address: str) -> None:
    """Something listens at host:port: Ray itself would try for ten minutes and more."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        raise StagewrightError(f"sweep.launcher: no Ray at {address!r}: {error}") from error


def _require(ray: Any, place: Place) -> None:
    """Some node must have what one trial takes: Ray would wait for ever."""
    wanted = {"CPU": place.cpus, "GPU": place.gpus, **place.resources}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(all(node.get(name, 0) >= amount for name, amount in wanted.items()) for node in nodes):
        said = ", ".join(f"{amount:g} {name}" for name, amount in wanted.items() if amount)
        raise StagewrightError(f"sweep.launcher: no node of this Ray cluster has {said} for a trial")
