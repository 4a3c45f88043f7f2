"""A small dataset on disk in which brightness nearly gives the class away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import datasets
import numpy as np
import pytest

from stagewright.stages.baseline import Inputs
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs as MetricsInputs
from stagewright.stages.objective import Goal
from stagewright.testing import Heard, context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard

# Class by class how bright it is: the names do not follow brightness.
LEVELS = (0.9, 0.1, 0.5)
FEATURES = datasets.Features(
    id=datasets.Value("string"),
    input=datasets.Array3D((1, 24, 24), "uint8"),
    target=datasets.Array2D((24, 24), "uint8"),
    group=datasets.Value("string"),
)


def write(
    folder: Path,
    split: str,
    count: int,
    seed: int,
    shares: tuple[float, ...],
    shift: float = 0.0,
    fluid: float = 0.0,
) -> None:
    random = np.random.default_rng(seed)
    targets = (
        random.choice(3, size=(count, 6, 6), p=shares).repeat(4, axis=1).repeat(4, axis=2).astype(np.uint8)
    )
    grey = np.take(LEVELS, targets) + random.normal(0, 0.04, targets.shape) + shift
    grey[..., 12:] += fluid * (targets[..., 12:] == 1)
    inputs = (grey.clip(0, 1) * 255).astype(np.uint8)[:, None]
    rows = {
        "id": [f"{split}_{i}" for i in range(count)],
        "input": list(inputs),
        "target": list(targets),
        "group": [f"scanner_{i % 4}" for i in range(count)],
    }
    datasets.Dataset.from_dict(rows, features=FEATURES).save_to_disk(str(folder / "splits" / split))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def inputs(tmp_path: Path, heard: Heard) -> Callable[..., Inputs]:
    """Baseline inputs: in train the third class is commonest, in test the first. `shift` brightens the test, `fluid`
    brightens the darkest class in one half of each test image."""

    def made(shift: float = 0.0, fluid: float = 0.0) -> Inputs:
        write(tmp_path, "train", 20, 1, (0.3, 0.2, 0.5))
        write(tmp_path, "test", 8, 2, (0.6, 0.2, 0.2), shift, fluid)
        task = segmentation(Goal("p", "o", ()), classes=("a", "b", "c"), size=(24, 24))
        work = context(tmp_path / "work", seed=3, heard=heard)
        metrics = standard(MetricsInputs(Framing(task), work))
        data = Dataset(tmp_path, "v", "image", {"train": 20, "test": 8}, "scanner")
        return Inputs(Framing(task), data, metrics, work)

    return made
