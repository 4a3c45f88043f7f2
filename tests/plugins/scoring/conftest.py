"""Random segmentations in scanners, and the metric set that scores them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright.stages.framing import Framing, Task
from stagewright.stages.metrics import Inputs, MetricSet
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.metrics.standard import standard

CLASSES = ("background", "grey", "white")
Samples = tuple[list[str], np.ndarray, np.ndarray]


@pytest.fixture
def task() -> Task:
    return segmentation(Goal("p", "o", ()), classes=CLASSES, size=(16, 16), ignore_index=255)


@pytest.fixture
def metric_set(task: Task, tmp_path: Path) -> Callable[..., MetricSet]:
    def made(*specs: str | dict[str, Any]) -> MetricSet:
        inputs = Inputs(Framing(task), context(tmp_path / "metrics"))
        mappings = [{"type": spec} if isinstance(spec, str) else spec for spec in specs]
        return standard(inputs, of=[inputs.context.resolve("metrics.metric", spec) for spec in mappings])

    return made


@pytest.fixture
def samples() -> Samples:
    """24 noisy predictions in 6 scanners of unequal quality, some pixels ignored; id `s<scanner>_<i>`."""
    random = np.random.default_rng(3)
    targets = random.integers(0, 3, (24, 4, 4)).repeat(4, axis=1).repeat(4, axis=2)
    noise = np.repeat(random.uniform(0.2, 0.8, 6), 4)
    wrong = random.random(targets.shape) < noise[:, None, None]
    labels = np.where(wrong, random.integers(0, 3, targets.shape), targets)
    targets[:, :2, :2] = 255
    probabilities = np.eye(3, dtype=np.float32)[labels].transpose(0, 3, 1, 2) * 0.8 + 0.1
    return [f"s{i // 4}_{i}" for i in range(24)], probabilities, targets
