"""What deployment is handed, in miniature: a dataset of two scanners, and a model whose graph is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import parser

from stagewright.plugin.registry import Registry
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Inputs, Package
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Score, Scores
from stagewright.stages.train import Model
from stagewright.testing import Heard, context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard

SIZE = 16
# Bright pixels are of the second class: logit 0 against 20 * grey - 10.
GRAPH = """
<ir_version: 10, opset_import: ["" : 18]>
threshold (float[N, 1, 16, 16] input) => (float[N, 2, 16, 16] logits)
<float steep = {20.0}, float half = {10.0}, float none = {0.0}>
{
    raised = Mul (input, steep)
    bright = Sub (raised, half)
    dark = Mul (input, none)
    logits = Concat <axis = 1> (dark, bright)
}
"""
FEATURES = datasets.Features(
    id=datasets.Value("string"),
    input=datasets.Array3D((1, SIZE, SIZE), "uint8"),
    target=datasets.Array2D((SIZE, SIZE), "uint8"),
    group=datasets.Value("string"),
)
CARD = {"intended_use": "counting", "limitations": "only bright cells", "licence": "Apache-2.0"}


def write_split(folder: Path, split: str, count: int, seed: int) -> list[dict[str, Any]]:
    """Squares, bright on dark; those of scanner_b are too dark to be found."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        target = np.zeros((SIZE, SIZE), np.uint8)
        y, x = random.integers(0, SIZE - 8, 2)
        target[y : y + 8, x : x + 8] = 1
        scanner = "scanner_b" if i % 4 == 3 else "scanner_a"
        grey = 40 + target * (60 if scanner == "scanner_b" else 160) + random.integers(0, 20, target.shape)
        rows.append(
            {
                "id": f"{split}_{i}",
                "input": grey[None].astype(np.uint8),
                "target": target,
                "group": scanner,
            }
        )
    datasets.Dataset.from_list(rows, features=FEATURES).save_to_disk(str(folder / "splits" / split))
    return [{"id": row["id"], "split": split, "scanner": row["group"]} for row in rows]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("dataset")
    rows = write_split(folder, "validation", 40, 1) + write_split(folder, "test", 40, 2)
    pd.DataFrame(rows).to_parquet(folder / "quality.parquet")
    card = {
        "title": "Squares",
        "licence": "CC-BY-4.0: see the site",
        "origin": "made",
        "personal_data": "none",
    }
    (folder / "card.json").write_text(json.dumps(card))
    counts = {"train": 0, "validation": 40, "test": 40}
    return Dataset(folder, "d" * 64, "image", counts, "scanner", tags=("scanner",))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    onnx.save(parser.parse_model(GRAPH), folder / "model.onnx")
    return Model(folder, "onnx", {"type": "threshold"}, {}, 0)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def inputs(tmp_path: Path, dataset: Dataset, model: Model, heard: Heard) -> Inputs:
    goal = Goal("Counting cells takes an hour.", "lab", ())
    task = segmentation(goal, classes=("dark", "bright"), size=(SIZE, SIZE))
    work = context(tmp_path / "home" / "step", seed=3, heard=heard, name="cells")
    evaluated = tmp_path / "evaluate"
    evaluated.mkdir()
    metrics = standard(MetricsInputs(Framing(task), work))
    scores = Scores(evaluated, "test", {"iou_mean": Score(0.75, 0.7, 0.8, 2)})
    return Inputs(goal, Framing(task), dataset, metrics, model, model, scores, work)


@pytest.fixture
def deployed(inputs: Inputs) -> Callable[..., Package]:
    """Run the stage with settings as a recipe says them."""

    def run(*, given: Inputs | None = None, **settings: Any) -> Package:
        spec = {"type": "local", "card": CARD, **settings}
        result: Package = Registry().component("deploy", spec)(given or inputs)
        return result

    return run


@pytest.fixture
def elsewhere(inputs: Inputs, tmp_path: Path) -> Callable[..., Inputs]:
    """The same inputs with another folder to work in, and what else is named changed."""

    def moved(name: str, **changes: Any) -> Inputs:
        return replace(inputs, context=context(tmp_path / "home" / name, seed=3, name="cells"), **changes)

    return moved
