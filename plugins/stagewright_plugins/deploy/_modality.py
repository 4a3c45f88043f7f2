"""What differs between kinds of tasks: the graph around the model, and how real samples become requests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import Inputs
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import FILE, exported
from stagewright_plugins.exporting.session import session
from stagewright_plugins.packaging import graph, signature
from stagewright_plugins.scoring.batches import Batch, batches, opened
from stagewright_plugins.tables.reading import id_column

ROWS = 1024  # of a table, at once
TEXTS = 128  # to translate, at once
Raw = dict[str, np.ndarray]


@dataclass(frozen=True)
class Requests:
    """A batch of samples as the package gets it (`raw`), beside the batch as training saw it.

    Of a table or of texts, the batch holds ids and targets only.
    """

    batch: Batch
    raw: Raw


class Modality(Protocol):
    """One kind of task, as deployment sees it."""

    platform: str  # the `deploy.backend` plugin that runs the package
    decision: str  # the output that holds the decision
    scored: str  # the output that metrics are handed
    number: str  # the output whose numbers must stay close to the model's

    def signature(self, name: str, platform: str) -> dict[str, Any]:
        """What the package takes and gives."""
        ...

    def write_graph(self, path: Path) -> None:
        """Export the model and write it with all that belongs before and after it."""
        ...

    def requests(self, split: str, most: int | None = None) -> Iterator[Requests]:
        """A split in order, batch after batch; at most so many samples of it."""
        ...

    def wanted(self, model: Model, requests: Requests) -> tuple[np.ndarray, np.ndarray]:
        """What a model says in its own runtime: its numbers and its decisions, as the outputs `number`, `decision`."""
        ...


class Pictures:
    """Segmentation: the stored picture (uint8, at the task's size) is the request."""

    platform, decision, scored, number = "onnx", "mask", "probability", "probability"

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

    def wanted(self, model: Model, requests: Requests) -> tuple[np.ndarray, np.ndarray]:
        """What a model says in its own runtime, (N, K, H, W) and (N, H, W)."""
        if model.path not in self._runtimes:
            runtime = self._inputs.context.resolve("evaluate.runtime", {"type": model.format})
            self._runtimes[model.path] = runtime(RuntimeInputs(model, self._task, self._inputs.context))
        found: np.ndarray = self._runtimes[model.path](requests.batch.inputs)
        return found, found.argmax(1)


class Tables:
    """Classification of rows: one input per column, as the data stage keeps it.

    The model is ONNX with those inputs already: what it does to its columns is part of it.
    """

    platform, decision, scored, number = "onnx", "label", "probability", "probability"

    def __init__(self, inputs: Inputs) -> None:
        self._inputs, self._task = inputs, inputs.framing.task
        told = json.loads((inputs.data.path / "columns.json").read_text(encoding="utf-8"))
        self._columns = {name: "FP32" if item["kind"] == "number" else "BYTES" for name, item in told.items()}
        self._sessions: dict[Path, Any] = {}

    def signature(self, name: str, platform: str) -> dict[str, Any]:
        """`packaging.signature.tabular`, of the columns that the model takes, and the one that names a row."""
        used = {item.name for item in self._session(self._inputs.model).get_inputs()}
        if unknown := sorted(used - self._columns.keys()):
            raise StagewrightError(f"deploy: the model takes {unknown[0]!r}, which is no column of the data")
        columns = {name: kind for name, kind in self._columns.items() if name in used}
        return signature.tabular(name, self._task, platform, columns, id_column(self._inputs.data))

    def write_graph(self, path: Path) -> None:
        """The decision and its confidence behind the model."""
        graph.tabular(self._inputs.model.path / FILE, self._task, path)

    def requests(self, split: str, most: int | None = None) -> Iterator[Requests]:
        """The split in order, at most so many rows of it."""
        rows = opened(self._inputs.data, split)
        used = [item.name for item in self._session(self._inputs.model).get_inputs()]
        count = len(rows) if most is None else min(most, len(rows))
        for start in range(0, count, ROWS):
            part = rows[start : min(start + ROWS, count)]
            raw = {name: self._column(name, part[name]) for name in used}
            ids = [str(name) for name in part["id"]]
            yield Requests(Batch(ids, np.empty((len(ids), 0)), np.asarray(part["target"], np.int64)), raw)

    def wanted(self, model: Model, requests: Requests) -> tuple[np.ndarray, np.ndarray]:
        """What the model's own graph says, (N, K) and (N,)."""
        loaded = self._session(model)
        names = [item.name for item in loaded.get_inputs()]
        found: np.ndarray = loaded.run(None, {name: requests.raw[name] for name in names})[0]
        return found, found.argmax(1)

    def _column(self, name: str, values: Any) -> np.ndarray:
        dtype = np.dtype(np.float32) if self._columns[name] == "FP32" else np.dtype(object)
        return np.asarray(values, dtype=dtype).reshape(-1, 1)

    def _session(self, model: Model) -> Any:
        if model.path not in self._sessions:
            if model.format != "onnx":
                raise StagewrightError(
                    f"deploy: a model of tables is packaged from its own ONNX graph, this one is {model.format!r}"
                )
            self._sessions[model.path] = session(model.path / FILE, threads=1)
        return self._sessions[model.path]


class Texts:
    """Translation: the text is the request; memory, sub-words and search are part of the package."""

    platform, decision, scored, number = "translator", "translation", "translation", "confidence"

    def __init__(self, inputs: Inputs) -> None:
        self._inputs, self._task = inputs, inputs.framing.task
        self._runtimes: dict[Path, Any] = {}

    def signature(self, name: str, platform: str) -> dict[str, Any]:
        """`packaging.signature.translation`."""
        return signature.translation(name, self._task, platform)

    def write_graph(self, path: Path) -> None:
        """Both graphs, sub-words, memory, and how to search."""
        from stagewright_plugins.texts import engine
        from stagewright_plugins.texts.runtimes import settings

        model = self._inputs.model
        exported(model, self._task, self._inputs.context, path.parent)
        engine.write(path.parent, settings(model.spec, self._task))

    def requests(self, split: str, most: int | None = None) -> Iterator[Requests]:
        """The split in order, at most so many texts of it."""
        from stagewright_plugins.texts.reading import read

        pairs = read(self._inputs.data, split).first(most)
        for start in range(0, len(pairs), TEXTS):
            end = start + TEXTS
            targets = np.array(pairs.targets[start:end], dtype=object)
            batch = Batch(pairs.ids[start:end], np.empty((len(targets), 0)), targets)
            yield Requests(batch, {"text": np.array(pairs.texts[start:end], dtype=object).reshape(-1, 1)})

    def wanted(self, model: Model, requests: Requests) -> tuple[np.ndarray, np.ndarray]:
        """What a model says in its own runtime: confidence (N,) and texts (N,)."""
        if model.path not in self._runtimes:
            runtime = self._inputs.context.resolve("evaluate.runtime", {"type": model.format})
            self._runtimes[model.path] = runtime(RuntimeInputs(model, self._task, self._inputs.context))
        found = self._runtimes[model.path](list(requests.raw["text"].reshape(-1)))
        return np.array([one.confidence for one in found]), np.array(
            [one.text for one in found], dtype=object
        )


def _first(batch: Batch, most: int) -> Batch:
    return Batch(batch.ids[:most], batch.inputs[:most], batch.targets[:most])


MODALITIES: Mapping[str, Any] = {"segmentation": Pictures, "classification": Tables, "translation": Texts}


def modality(inputs: Inputs) -> Modality:
    """How the task is packaged; raises StagewrightError for one that cannot be yet."""
    kind = inputs.framing.task.type
    if kind not in MODALITIES:
        known = ", ".join(MODALITIES)
        raise StagewrightError(f"deploy: a task of type {kind!r} cannot be packaged; those that can: {known}")
    found: Modality = MODALITIES[kind](inputs)
    return found
