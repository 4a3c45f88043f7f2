"""Members as one network: the mean of their probabilities, stacked, exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright.testing import context
from stagewright_plugins.ensembling.combination import Combination
from stagewright_plugins.train.model._ensemble import Ensemble

MEMBERS = [{"type": "unet", "width": 2, "depth": 1}, {"type": "deeplab", "width": 2}]


def an_ensemble(task: Task, folder: Path, **settings: Any) -> Any:
    spec = {"type": "ensemble", "members": MEMBERS, **settings}
    return context(folder).resolve("train.model", spec)(task).eval()


@pytest.fixture
def pictures(make_task: Callable[..., Task]) -> torch.Tensor:
    return torch.rand((3, *make_task().input.shape), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("settings", "combination"),
    [
        ({}, Combination((0.5, 0.5))),
        ({"weights": [3.0, 1.0]}, Combination((0.75, 0.25))),
        (
            {"stacking": {"scale": [[1.0, 0.5], [0.25, 2.0]], "bias": [0.1, -0.2]}},
            Combination((0.5, 0.5), ((1.0, 0.5), (0.25, 2.0)), (0.1, -0.2)),
        ),
    ],
)
def test_it_says_what_the_combination_says(
    make_task: Callable[..., Task],
    tmp_path: Path,
    pictures: torch.Tensor,
    settings: Any,
    combination: Combination,
) -> None:
    network = an_ensemble(make_task(), tmp_path / "work", **settings)
    with torch.inference_mode():
        members = np.stack([member(pictures).softmax(1).numpy() for member in network.members])
        found = network(pictures).softmax(1).numpy()
    np.testing.assert_allclose(found, combination(members), atol=1e-5)


def test_it_is_exported_as_one_graph(
    make_task: Callable[..., Task], tmp_path: Path, pictures: torch.Tensor
) -> None:
    from stagewright_plugins.exporting.export import write
    from stagewright_plugins.exporting.session import session

    network = an_ensemble(make_task(), tmp_path / "work", weights=[1.0, 2.0])
    path = write(network, make_task(), tmp_path / "model.onnx")
    (found,) = session(path).run(None, {"input": pictures.numpy()})
    with torch.inference_mode():
        np.testing.assert_allclose(found, network(pictures).numpy(), atol=1e-4)


def test_members_need_a_weight_each() -> None:
    with pytest.raises(StagewrightError, match="2 members need a weight each"):
        Ensemble([torch.nn.Identity(), torch.nn.Identity()], [1.0])
    with pytest.raises(StagewrightError, match="one above 0"):
        Ensemble([torch.nn.Identity()], [0.0])
