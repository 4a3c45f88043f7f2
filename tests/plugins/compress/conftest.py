"""A small network that was really trained on bright squares, and the stage as the framework calls it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from stagewright.plugin.registry import Registry
from stagewright.stages import metrics
from stagewright.stages.compress import Compressed, Inputs
from stagewright.stages.data import Dataset
from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.framing import Framing, Task
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model
from stagewright.testing import Heard, context
from stagewright_plugins.compress import _workshop
from stagewright_plugins.exporting import export
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard as metric_stage
from stagewright_plugins.scoring.batches import batches
from stagewright_plugins.scoring.sheet import Sheet

SIZE = (24, 24)
COUNTS = {"train": 40, "validation": 24, "test": 24}
SPEC = {"type": "unet", "width": 8, "depth": 2, "norm": "batch", "dropout": 0.0}
# A step of a project: the model as it is, its ONNX weights turned by a share of their size; or far too large.
PLANTED = '''
"""Turns the weights of an exported model."""
import numpy as np
import onnx
from onnx import numpy_helper
from stagewright.stages import compress
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import exported


@compress.step(takes=("torch",), gives="onnx")
def planted(inputs, /, *, noise: float = 0.0, weight: int = 0, fail: bool = False) -> Model:
    """Noise on every weight; `weight` bytes more; counts its calls."""
    work = inputs.context.workdir
    calls = work.parents[2] / "calls"
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    if fail:
        raise RuntimeError("killed")
    proto = onnx.load(exported(inputs.model, inputs.framing.task, inputs.context, work / "fp32"))
    random = np.random.default_rng(0)
    for tensor in proto.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim == 4:
            turned = values + noise * values.std() * random.normal(size=values.shape)
            tensor.CopyFrom(numpy_helper.from_array(turned.astype(values.dtype), tensor.name))
    proto.producer_name = "x" * weight
    onnx.save(proto, work / "model.onnx")
    return Model(work, "onnx", inputs.model.spec, {}, inputs.model.parameters)
'''


def a_task() -> Task:
    return segmentation(Goal("p", "o", ()), classes=("background", "cell"), size=SIZE, channels=1)


def a_dataset(folder: Path) -> Dataset:
    """Bright squares on noise, from two sites; as the data stage leaves them."""
    random = np.random.default_rng(0)
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "input": datasets.Array3D((1, *SIZE), "uint8"),
            "target": datasets.Array2D(SIZE, "uint8"),
            "group": datasets.Value("string"),
        }
    )
    rows = []
    for split, count in COUNTS.items():
        targets = np.zeros((count, *SIZE), dtype=np.uint8)
        for target, y, x in zip(targets, *random.integers(1, 14, (2, count)), strict=True):
            target[y : y + 9, x : x + 8] = 1
        noise = random.normal(90, 25, (count, 1, *SIZE))
        inputs = (noise + 60 * targets[:, None]).clip(0, 255).astype(np.uint8)
        ids = [f"{split}{i}" for i in range(count)]
        columns = {"id": ids, "input": list(inputs), "target": list(targets), "group": [""] * count}
        datasets.Dataset.from_dict(columns, features=features).save_to_disk(str(folder / "splits" / split))
        rows += [
            {"id": name, "split": split, "group": "", "site": "ab"[i % 2], "bright": float(one.mean())}
            for i, (name, one) in enumerate(zip(ids, inputs, strict=True))
        ]
    pd.DataFrame(rows).to_parquet(folder / "quality.parquet", index=False)
    return Dataset(folder, "version", "image", COUNTS, "", ("site",), ("bright",))


def a_metric_set(folder: Path) -> MetricSet:
    inputs = metrics.Inputs(Framing(a_task()), context(folder))
    named = [inputs.context.resolve("metrics.metric", {"type": name}) for name in ("iou", "dice")]
    return metric_stage(inputs, of=named)


def a_trained_model(folder: Path, data: Dataset, spec: Mapping[str, Any] = SPEC, steps: int = 60) -> Model:
    """Adam on the whole train split: enough that changes to the weights show in the scores."""
    torch.manual_seed(0)
    network = context(folder).resolve("train.model", spec)(a_task()).train()
    batch = next(iter(batches(data, "train", COUNTS["train"])))
    given, true = torch.from_numpy(batch.inputs), torch.from_numpy(batch.targets)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(given), true).backward()
        optimizer.step()
    save_file(network.state_dict(), folder / "model.safetensors")
    parameters = sum(part.numel() for part in network.parameters())
    return Model(folder, "torch", dict(spec), {}, parameters)


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """What the stage looks at; its context is replaced by each test."""
    folder = tmp_path_factory.mktemp("given")
    data = a_dataset(folder / "data")
    work = context(folder / "model")
    model, listed = a_trained_model(folder / "model", data), a_metric_set(folder / "metrics")
    task = a_task()
    predict = work.resolve("evaluate.runtime", {"type": "torch"})(RuntimeInputs(model, task, work))
    sheet = Sheet(listed, task, work)
    for batch in batches(data, "test"):
        sheet.update(batch.ids, predict(batch.inputs), batch.targets)
    (folder / "scores").mkdir()
    scores: Scores = sheet.write(folder / "scores", "test")
    return Inputs(Framing(task), data, listed, model, scores, work)


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(autouse=True)
def exported_once(exports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracing takes seconds: the same model is traced once, then copied."""
    real = export.exported

    def cached(model: Model, task: Task, ctx: Any, folder: Path) -> Path:
        if model.format != "torch":
            return real(model, task, ctx, folder)
        weights = (model.path / "model.safetensors").read_bytes()
        kept = exports / f"{hash(weights)}"
        if not kept.is_dir():
            real(model, task, ctx, kept)
        return shutil.copytree(kept, folder, dirs_exist_ok=True) / export.FILE

    monkeypatch.setattr(export, "exported", cached)
    monkeypatch.setattr(_workshop, "exported", cached)


class Stage:
    """Runs the stage; `work` is its folder, which survives a failure."""

    def __init__(self, folder: Path, given: Inputs) -> None:
        self.folder, self.given = folder, given
        plugin = folder / "plugins" / "compress" / "step" / "planted.py"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(PLANTED)

    def __call__(
        self, steps: Sequence[Any], limits: Mapping[str, Any], work: str = "work", **settings: Any
    ) -> Compressed:
        self.heard = Heard()
        seed = settings.pop("seed", 1)
        own = replace(self.given, context=context(self.folder / work, seed, self.heard, self.folder))
        spec = {"type": "standard", "steps": list(steps), "limits": dict(limits), **settings}
        return Registry(self.folder).component("compress", spec)(own)

    def block(self, title: str) -> dict[str, Any]:
        told = [block.to_json() for block in self.heard.blocks]
        return next(block for block in told if block["title"] == title)

    def calls(self, work: str = "work") -> int:
        """How often a planted step really worked."""
        path = self.folder / work / ".resume" / "calls"
        return len(path.read_text()) if path.exists() else 0


@pytest.fixture
def stage(tmp_path: Path, given: Inputs) -> Stage:
    return Stage(tmp_path, given)


@pytest.fixture
def step(tmp_path: Path, given: Inputs) -> Any:
    """Runs one step as the stage would: step("onnx_int8", samples=8) → Model."""

    def run(type: str, work: str = "step", heard: Heard | None = None, **settings: Any) -> Model:
        own = context(tmp_path / work, settings.pop("seed", 1), heard)
        base = settings.pop("base", given.model)
        component = Registry().component("compress.step", {"type": type, **settings})
        return component(replace(given, context=own, model=base))

    return run


@pytest.fixture
def probabilities(given: Inputs) -> Any:
    """What a model says of a split, (N, K, H, W), and its score on it."""

    def run(model: Model, split: str = "validation") -> tuple[np.ndarray, dict[str, float]]:
        task = given.framing.task
        runtime = given.context.resolve("evaluate.runtime", {"type": model.format})
        predict = runtime(RuntimeInputs(model, task, given.context))
        batch = next(iter(batches(given.data, split, 1000)))
        sheet = Sheet(given.metrics, task, given.context)
        found = predict(batch.inputs)
        sheet.update(batch.ids, found, batch.targets)
        return found, sheet.values()

    return run
