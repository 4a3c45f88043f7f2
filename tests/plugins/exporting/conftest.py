"""Small untrained networks as model handles; batch statistics are planted, so that folding them matters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal
from stagewright.stages.train import Model
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation


def a_task(size: tuple[int, int] = (24, 32), channels: int = 1) -> Task:
    return segmentation(Goal("p", "o", ()), classes=("air", "cell", "core"), size=size, channels=channels)


def a_model(folder: Path, task: Task, **spec: Any) -> Model:
    """A network with random weights and random batch statistics, saved as the train stage saves one."""
    torch.manual_seed(3)
    network = context(folder).resolve("train.model", spec)(task)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    save_file(network.state_dict(), folder / "model.safetensors")
    return Model(folder, "torch", spec, {})


@pytest.fixture
def task() -> Task:
    return a_task()


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Model]:
    """Makes a model handle: model(task, type="unet", width=4)."""
    return lambda task, **spec: a_model(tmp_path, task, **spec)


@pytest.fixture
def sized() -> Callable[..., Task]:
    return a_task
