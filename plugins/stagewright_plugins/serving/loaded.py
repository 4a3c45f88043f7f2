"""A package in memory: verified, loaded and warmed up before it may answer anybody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import BackendInputs, Engine
from stagewright_plugins.packaging.manifest import verify
from stagewright_plugins.packaging.tensors import DTYPES

from .datatypes import Array
from .refusal import RefusalError

WARM_UPS = 3
LENGTH = 32  # of dimensions that may be anything, in the warm-up


@dataclass(eq=False)
class Loaded:
    """One version of the model, ready to answer.

    Attributes:
        outputs: names, in the package's order.
        datatypes: of every output, by name.
        seconds: typical time of one prediction so far; a moving average.
    """

    path: Path
    version: str
    signature: Mapping[str, Any]
    engine: Engine
    outputs: tuple[str, ...]
    datatypes: Mapping[str, str]
    seconds: float = field(default=0.0)

    def wanted(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The outputs named, all where none is; refuses one that the model does not give."""
        for name in names:
            if name not in self.datatypes:
                gives = ", ".join(map(repr, self.outputs))
                raise RefusalError(400, f"no output {name!r}; the model gives {gives}")
        return names or self.outputs

    def took(self, seconds: float) -> None:
        """Take one more measurement into account."""
        self.seconds += 0.2 * (seconds - self.seconds)


def load(path: Path, resolve: Any, threads: int) -> Loaded:
    """Verify every byte, load on the backend that the signature names, and predict a few times.

    Args:
        path: the package folder.
        resolve: builds components from specs, as `Context.resolve`.
        threads: that one prediction may use.

    Raises:
        StagewrightError: a file differs from the manifest, or the package cannot be loaded or run.
    """
    signature = verify(path)
    backend = resolve("deploy.backend", {"type": signature["platform"]})
    engine = backend(BackendInputs(path, signature, threads))
    outputs = {tensor["name"]: tensor["datatype"] for tensor in signature["outputs"]}
    loaded = Loaded(path, signature["version"], signature, engine, tuple(outputs), outputs)
    try:
        loaded.seconds = min(_timed(loaded) for _ in range(WARM_UPS))
    except Exception as error:
        said = " ".join(str(error).split())
        raise StagewrightError(f"package {path} cannot predict on zeros: {said}") from error
    return loaded


def _timed(loaded: Loaded) -> float:
    began = time.perf_counter()
    loaded.engine(example(loaded.signature), loaded.outputs)
    return time.perf_counter() - began


def example(signature: Mapping[str, Any], rows: int = 1) -> dict[str, Array]:
    """Zeros and empty texts that fit the inputs; pictures have the size that the task works at."""
    size = signature["task"].get("size")
    return {tensor["name"]: _zeros(tensor, rows, size) for tensor in signature["inputs"]}


def _zeros(tensor: Mapping[str, Any], rows: int, size: list[int] | None) -> Array:
    inner = [LENGTH if n < 0 else n for n in tensor["shape"][1:]]
    if size and tensor["shape"][-2:] == [-1, -1]:
        inner[-2:] = size
    if tensor["datatype"] == "BYTES":
        return np.full((rows, *inner), "", dtype=object)
    return np.zeros((rows, *inner), DTYPES[tensor["datatype"]])
