"""A network saved by training runs again as it was, by its spec and its weights alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch as pytorch
from safetensors.torch import save_file

from stagewright.stages.evaluate import RuntimeInputs
from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal
from stagewright.stages.train import Model
from stagewright.testing import context
from stagewright_plugins.evaluate.runtime.torch import torch
from stagewright_plugins.framing.task.segmentation import segmentation

SPECS = [{"type": "unet", "width": 4, "depth": 2}, {"type": "deeplab", "width": 4}]


@pytest.fixture
def task() -> Task:
    return segmentation(Goal("p", "o", ()), classes=("background", "cell", "core"), size=(32, 32))


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).random((3, 1, 32, 32), dtype=np.float32)


def saved(task: Task, spec: dict[str, Any], folder: Path) -> tuple[pytorch.nn.Module, RuntimeInputs]:
    """A network with random weights, and normalisation statistics that are not those it started with."""
    pytorch.manual_seed(1)
    work = context(folder / "work")
    network = work.resolve("train.model", spec)(task)
    network.train()
    with pytorch.no_grad():
        network(pytorch.rand(4, 1, 32, 32))
    save_file(network.state_dict(), folder / "model.safetensors")
    full = work.resolve("train.model", spec).spec()
    return network.eval(), RuntimeInputs(Model(folder, "torch", full, {}), task, work)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["type"])
def test_it_gives_the_probabilities_of_the_network_that_was_saved(
    task: Task, images: np.ndarray, tmp_path: Path, spec: dict[str, Any]
) -> None:
    network, inputs = saved(task, spec, tmp_path)
    found = torch(inputs)(images)
    with pytorch.no_grad():
        wanted = network(pytorch.from_numpy(images)).softmax(1).numpy()
    assert found.dtype == np.float32
    assert found.shape == (3, 3, 32, 32)
    assert np.allclose(found, wanted, atol=1e-5)
    assert np.allclose(found.sum(1), 1, atol=1e-5)


def test_a_sample_scores_the_same_alone_as_among_others(
    task: Task, images: np.ndarray, tmp_path: Path
) -> None:
    """Statistics of the batch play no part: the network is in evaluation mode."""
    predict = torch(saved(task, SPECS[0], tmp_path)[1])
    together = predict(images)
    assert np.allclose(np.concatenate([predict(images[i : i + 1]) for i in range(3)]), together, atol=1e-5)
    assert np.array_equal(predict(images), together)


def test_weights_of_another_network_are_refused(task: Task, tmp_path: Path) -> None:
    _, inputs = saved(task, SPECS[0], tmp_path)
    wider = RuntimeInputs(Model(tmp_path, "torch", SPECS[0] | {"width": 8}, {}), task, inputs.context)
    with pytest.raises(RuntimeError, match="size mismatch"):
        torch(wider)
