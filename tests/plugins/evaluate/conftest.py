"""A dataset on disk with the predictions planted in it, so that every error is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

from stagewright.stages.data import Dataset
from stagewright.stages.evaluate import Inputs
from stagewright.stages.framing import Framing, Task
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model
from stagewright.testing import Heard, context
from stagewright_plugins.evaluate.standard import standard
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard as metrics

CLASSES = ("background", "cell", "core")
IGNORED = 255
RUNTIME = '''
"""A model that says what stands in the second channel."""
import numpy as np
from stagewright.stages import evaluate


@evaluate.runtime
def planted(inputs, /):
    """The labels planted in the data, as probabilities."""

    def predict(images):
        labels = (images[:, 1] * 255).round().astype(int)
        return np.eye(len(inputs.task.classes), dtype=np.float32)[labels].transpose(0, 3, 1, 2)

    return predict
'''


@dataclass(frozen=True)
class Item:
    """One sample: what is true (H, W), what the model says (H, W), and what is known besides."""

    id: str
    truth: np.ndarray
    given: np.ndarray
    split: str = "test"
    group: str = ""
    tags: Mapping[str, Any] = field(default_factory=dict)
    quality: Mapping[str, float] = field(default_factory=dict)


def a_dataset(folder: Path, items: Sequence[Item], group: str = "") -> Dataset:
    """Write items as the data stage does; the first channel is grey, the second holds the prediction."""
    shape = items[0].truth.shape
    features = datasets.Features(
        id=datasets.Value("string"),
        input=datasets.Array3D((2, *shape), "uint8"),
        target=datasets.Array2D(shape, "uint8"),
        group=datasets.Value("string"),
    )
    counts = {}
    for split in ("train", "validation", "test"):
        own = [item for item in items if item.split == split]
        grey = [np.where(item.truth > 0, 180, 60) for item in own]
        rows = {
            "id": [item.id for item in own],
            "input": [np.stack([g, item.given]).astype(np.uint8) for g, item in zip(grey, own, strict=True)],
            "target": [item.truth.astype(np.uint8) for item in own],
            "group": [item.group for item in own],
        }
        datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(folder / "splits" / split))
        counts[split] = len(own)
    return a_table(folder, items, group, counts)


def a_table(
    folder: Path, items: Sequence[Item], group: str = "", counts: Mapping[str, int] | None = None
) -> Dataset:
    """Only what is known of the samples, without their pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    table = [
        {"id": item.id, "split": item.split, "group": item.group, **item.tags, **item.quality}
        for item in items
    ]
    pd.DataFrame(table).to_parquet(folder / "quality.parquet", index=False)
    tags = tuple(dict.fromkeys(name for item in items for name in item.tags))
    quality = tuple(dict.fromkeys(name for item in items for name in item.quality))
    return Dataset(folder, "v", "image", counts or {}, group, tags, quality)


def a_task(shape: tuple[int, ...], classes: Sequence[str] = CLASSES) -> Task:
    goal = Goal("p", "o", ())
    return segmentation(goal, classes=classes, size=shape, channels=2, ignore_index=IGNORED)


class Evaluated:
    """The stage as the framework calls it, and what it left."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, 0
        runtime = folder / "plugins" / "evaluate" / "runtime" / "planted.py"
        runtime.parent.mkdir(parents=True)
        runtime.write_text(RUNTIME)

    def __call__(
        self,
        items: Sequence[Item],
        *,
        group: str = "",
        of: Sequence[str | Mapping[str, Any]] = ("iou",),
        baseline: Scores | None = None,
        seed: int = 1,
        **settings: Any,
    ) -> Scores:
        self.calls += 1
        self.heard = Heard()
        work = context(self.folder / f"work{self.calls}", seed, self.heard, self.folder)
        data = a_dataset(self.folder / f"data{self.calls}", items, group)
        task = a_task(items[0].truth.shape)
        model = Model(self.folder, "planted", {}, {})
        listed = a_metric_set(task, self.folder, of)
        return standard(Inputs(Framing(task), data, listed, baseline, model, work), **settings)

    def block(self, title: str) -> Any:
        return next(block for block in self.heard.blocks if block.title == title)


def a_metric_set(task: Task, folder: Path, of: Sequence[str | Mapping[str, Any]]) -> MetricSet:
    inputs = MetricsInputs(Framing(task), context(folder / "metrics"))
    specs = [{"type": spec} if isinstance(spec, str) else spec for spec in of]
    return metrics(inputs, of=[inputs.context.resolve("metrics.metric", spec) for spec in specs])


def boxes(shape: tuple[int, int], *placed: tuple[int, int, int, int, int]) -> np.ndarray:
    """A label picture of rectangles (class, top, left, height, width) on background."""
    picture = np.zeros(shape, dtype=np.int64)
    for index, top, left, height, width in placed:
        picture[top : top + height, left : left + width] = index
    return picture


@pytest.fixture
def evaluated(tmp_path: Path) -> Evaluated:
    return Evaluated(tmp_path)


@pytest.fixture
def picture() -> Callable[..., np.ndarray]:
    """Makes a (40, 40) label picture of rectangles (class, top, left, height, width)."""
    return lambda *placed: boxes((40, 40), *placed)


@pytest.fixture
def noise() -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """Makes a random truth (24, 24), some of it unknown (-1), and a prediction that resembles it."""

    def made(seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        truth = random.choice(3, (8, 8), p=(0.5, 0.3, 0.2)).repeat(3, 0).repeat(3, 1)
        other = random.choice(3, (8, 8), p=(0.5, 0.3, 0.2)).repeat(3, 0).repeat(3, 1)
        given = np.where(random.random((4, 4)).repeat(6, 0).repeat(6, 1) < 0.3, other, truth)
        given = np.where(random.random(given.shape) < 0.05, random.integers(0, 3, given.shape), given)
        truth[random.integers(0, 24) :, random.integers(12, 24) :] = -1
        return truth, given

    return made


@pytest.fixture
def made() -> Any:
    """What tests build by hand: modules of tests cannot import one another."""

    class Made:
        item = Item
        boxes = staticmethod(boxes)
        dataset = staticmethod(a_dataset)
        table = staticmethod(a_table)
        task = staticmethod(a_task)
        metric_set = staticmethod(a_metric_set)
        classes = CLASSES
        ignored = IGNORED

    return Made
