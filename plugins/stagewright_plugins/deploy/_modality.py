"""What differs between kinds of tasks: the graph around the model, and how real samples become requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import Inputs
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import exported
from stagewright_plugins.packaging import graph, signature
from stagewright_plugins.scoring.batches import Batch, batches

Raw = dict[str, np.ndarray]


@dataclass(frozen=True)
class Requests:
    """A batch of samples as the package gets it (`raw`), beside the batch as training saw it."""

    batch: Batch
    raw: Raw


class Modality(Protocol):
    """One kind of task, as deployment sees it."""

    decision: str  # the output that holds the decision

    def signature(self, name: str, platform: str) -> dict[str, Any]:
        """What the package takes and gives."""
        ...

    def write_graph(self, path: Path) -> None:
        """Export the model and write it with all that belongs before and after it."""
        ...

    def requests(self, split: str, most: int | None = None) -> Iterator[Requests]:
        """A split in order, batch after batch; at most so many samples of it."""
        ...

    def probabilities(self, model: Model, batch: Batch) -> np.ndarray:
        """What a model says in its own runtime, (N, K, ...)."""
        ...


class Pictures:
    """Segmentation: the stored picture (uint8, at the task's size) is the request."""

    decision = "mask"

    def __init__(self, inputs: Inputs) -> None:
        self._inputs, self._task = inputs, inputs.framing.task
        self._runtimes: dict[Path, Any] = {}

    def signature(self, name: str, platform: str) -> dict[str, Any]:
        """`packaging.signature.segmentation`."""
        return signature.segmentation(name, self._task, platform)

    def write_graph(self, path: Path) -> None:
        """Resize and scale before the model, softmax and argmax after it."""
        context = self._inputs.context
        model = exported(self._inputs.model, self._task, context, context.workdir / ".resume" / "exported")
        graph.segmentation(model, self._task, path)

    def requests(self, split: str, most: int | None = None) -> Iterator[Requests]:
        """The split in order, at most so many samples of it."""
        taken = 0
        for batch in batches(self._inputs.data, split):
            kept = batch if most is None else _first(batch, most - taken)
            if not kept.ids:
                return
            taken += len(kept.ids)
            yield Requests(kept, {"image": np.rint(kept.inputs * 255).astype(np.uint8)})

    def probabilities(self, model: Model, batch: Batch) -> np.ndarray:
        """What a model says in its own runtime, (N, K, H, W)."""
        if model.path not in self._runtimes:
            runtime = self._inputs.context.resolve("evaluate.runtime", {"type": model.format})
            self._runtimes[model.path] = runtime(RuntimeInputs(model, self._task, self._inputs.context))
        found: np.ndarray = self._runtimes[model.path](batch.inputs)
        return found


def _first(batch: Batch, most: int) -> Batch:
    return Batch(batch.ids[:most], batch.inputs[:most], batch.targets[:most])


MODALITIES: Mapping[str, Any] = {"segmentation": Pictures}


def modality(inputs: Inputs) -> Modality:
    """How the task is packaged; raises StagewrightError for one that cannot be yet."""
    kind = inputs.framing.task.type
    if kind not in MODALITIES:
        known = ", ".join(MODALITIES)
        raise StagewrightError(f"deploy: a task of type {kind!r} cannot be packaged; those that can: {known}")
    found: Modality = MODALITIES[kind](inputs)
    return found
