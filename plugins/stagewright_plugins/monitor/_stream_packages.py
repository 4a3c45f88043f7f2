"""Packages that answer rows: the champion of the moment, the one never retrained, the no-ML baseline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.stages.monitor import Inputs
from stagewright_plugins.packaging import rule
from stagewright_plugins.packaging.tensors import DTYPES
from stagewright_plugins.serving.loaded import Loaded, load
from stagewright_plugins.tables.reading import Values

BATCH = 8192
Probabilities = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answering:
    """A loaded package.

    Attributes:
        said: what it is, in words.
        until: Unix time up to which it may have learned; of rows before, it saw none of the last `held_out`.
    """

    loaded: Loaded
    said: str
    until: float
    held_out: int = 0

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.loaded.path

    @property
    def version(self) -> str:
        """Its version."""
        return self.loaded.version

    def probabilities(self, inputs: Values) -> Probabilities:
        """Of N rows in one go, (N, K)."""
        given = tensors(self.loaded.signature, inputs)
        count = len(next(iter(given.values())))
        parts = [
            self.loaded.engine(
                {name: values[start : start + BATCH] for name, values in given.items()}, ["probability"]
            )["probability"]
            for start in range(0, count, BATCH)
        ]
        return np.concatenate(parts).astype(np.float64)


def answering(path: Path, resolve: Any, said: str, until: float) -> Answering:
    """Load a package; raises StagewrightError where it cannot be served."""
    card = path / "card.json"
    told = json.loads(card.read_text(encoding="utf-8")) if card.is_file() else {}
    counts = (told.get("data") or {}).get("counts") or {}
    return Answering(load(path, resolve, 1), said, until, int(counts.get("test", 0)))


def baseline(inputs: Inputs) -> Answering | None:
    """What works without ML, packaged; None where the recipe has none."""
    if inputs.baseline is None:
        return None
    folder = inputs.context.workdir / ".resume" / "baseline"
    if not (folder / "manifest.json").exists():
        rule.packaged(inputs.baseline.path, folder, inputs.deploy.name, inputs.framing.task)
    return answering(folder, inputs.context.resolve, "no-ML baseline", 0.0)


def tensors(signature: Any, inputs: Values) -> Values:
    """The columns that a package takes, each (N, 1) of its datatype."""
    return {
        tensor["name"]: inputs[tensor["name"]].astype(DTYPES[tensor["datatype"]]).reshape(-1, 1)
        for tensor in signature["inputs"]
    }
