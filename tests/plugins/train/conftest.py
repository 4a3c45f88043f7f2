"""A tiny dataset on disk, and the train stage with settings small enough for a test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch

from stagewright.contract import Component
from stagewright.stages import metrics
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing, Task
from stagewright.stages.objective import Goal
from stagewright.stages.train import Inputs, Model
from stagewright.testing import Heard, context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard
from stagewright_plugins.train.lightning import lightning

SIZE = (17, 20)  # neither divides by 4
COUNTS = {"train": 10, "validation": 4, "test": 2}


def a_task(channels: int = 1, ignore_index: int | None = None, size: tuple[int, int] = SIZE) -> Task:
    return segmentation(
        Goal("p", "o", ()),
        classes=("background", "cell"),
        size=size,
        channels=channels,
        ignore_index=ignore_index,
    )


def a_dataset(
    folder: Path, counts: Mapping[str, int] = COUNTS, channels: int = 1, inverted: Sequence[str] = ()
) -> Dataset:
    """Bright squares on noise, dark ones in `inverted` splits, as the data stage leaves them: uint8 Arrow."""
    random = np.random.default_rng(0)
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "input": datasets.Array3D((channels, *SIZE), "uint8"),
            "target": datasets.Array2D(SIZE, "uint8"),
            "group": datasets.Value("string"),
        }
    )
    for split, count in counts.items():
        targets = np.zeros((count, *SIZE), dtype=np.uint8)
        for target, y, x in zip(targets, *random.integers(1, 9, (2, count)), strict=True):
            target[y : y + 7, x : x + 8] = 1
        noise = random.normal(90, 20, (count, channels, *SIZE))
        inputs = (noise + 70 * targets[:, None]).clip(0, 255).astype(np.uint8)
        inputs = 255 - inputs if split in inverted else inputs
        ids = [f"{split}{i}" for i in range(count)]
        columns = {"id": ids, "input": list(inputs), "target": list(targets), "group": [""] * count}
        rows = datasets.Dataset.from_dict(columns, features=features)
        rows.save_to_disk(str(folder / "splits" / split))
    return Dataset(folder, "version", "image", counts)


class Stage:
    """The stage, as the framework calls it; each `work` is a step's folder, which survives a failure."""

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        self.folder, self.dataset, self.task = folder, dataset, a_task()

    def __call__(self, work: str = "work", heard: Heard | None = None, **settings: Any) -> Model:
        given = context(self.folder / work, settings.pop("seed", 1), heard)
        framing = Framing(self.task)
        named = [given.resolve("metrics.metric", {"type": name}) for name in ("iou", "dice")]
        measured = standard(metrics.Inputs(framing, given), of=named)
        chosen: dict[str, Any] = {
            "model": {"type": "unet", "width": 2, "depth": 1},
            "optimizer": "adamw",
            "scheduler": "one_cycle",
            "augment": [],
            "max_epochs": 3,
            "batch_size": 4,
            "threads": 1,
        }
        chosen |= settings
        for kind in ("model", "loss", "optimizer", "scheduler"):
            if chosen.get(kind):
                chosen[kind] = self._part(given, kind, chosen[kind])
        chosen["augment"] = [self._part(given, "augment", each) for each in chosen["augment"]]
        return lightning(Inputs(framing, self.dataset, measured, given), **chosen)

    def history(self, work: str = "work") -> dict[str, Any]:
        return json.loads((self.folder / work / "history.json").read_text())

    def weights(self, work: str = "work") -> bytes:
        return (self.folder / work / "model.safetensors").read_bytes()

    @staticmethod
    def _part(given: Any, kind: str, part: Any) -> Component[Any, Any]:
        """By name, by spec, or a function of the test's own."""
        if isinstance(part, str | dict):
            return given.resolve(f"train.{kind}", {"type": part} if isinstance(part, str) else part)
        return Component(f"train.{kind}", "made_up", {}, part)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """New networks have the same weights whichever tests ran before."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return a_dataset(tmp_path_factory.mktemp("dataset"))


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Dataset]:
    return lambda *given, **settings: a_dataset(tmp_path / "made", *given, **settings)


@pytest.fixture(scope="session")
def make_task() -> Callable[..., Task]:
    return a_task


@pytest.fixture(scope="session")
def new_stage(dataset: Dataset) -> Callable[[Path], Stage]:
    """For a folder: the stage, on the tiny dataset."""
    return lambda folder: Stage(folder, dataset)


@pytest.fixture
def stage(tmp_path: Path, new_stage: Callable[[Path], Stage]) -> Stage:
    return new_stage(tmp_path)
