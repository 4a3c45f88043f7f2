from __future__ import annotations

import pytest
import torch
from torch import nn

from stagewright.errors import RecipeError, StagewrightError
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation

TASK = segmentation(Goal("p", "o", ()), classes=("a", "b"), size=(16, 16), channels=1)
SIZES = {
    "down.0.0.0": [3, 1], "down.0.0.1": [3], "down.0.1.0": [4, 3], "shrink.0": [4, 8], "up.0.0.0": [4, 8]
}  # fmt: skip


def pruned(tmp_path, sizes):
    spec = {"type": "pruned", "model": {"type": "unet", "width": 4, "depth": 1}, "sizes": sizes}
    return context(tmp_path).resolve("train.model", spec)


def test_layers_get_their_sizes_and_the_network_can_be_trained(tmp_path):
    network = pruned(tmp_path, SIZES)(TASK)
    assert network.down[0][0][0].weight.shape == (3, 1, 3, 3)
    assert network.down[0][0][1].num_features == 3
    logits = network(torch.rand(2, 1, 16, 16))
    assert logits.shape == (2, 2, 16, 16)
    logits.sum().backward()
    assert all(part.grad is not None for part in network.parameters())
    assert torch.isfinite(logits).all()  # weights are drawn anew, not left as the memory was


def test_the_spec_builds_the_same_network_again(tmp_path):
    component = pruned(tmp_path, SIZES)
    again = context(tmp_path).resolve("train.model", component.spec())(TASK)
    shapes = {name: value.shape for name, value in component(TASK).state_dict().items()}
    assert {name: value.shape for name, value in again.state_dict().items()} == shapes


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"dwn": [3, 1]}, "no layer 'dwn'"),
        ({"dropout": [3]}, "'dropout' is a Dropout2d"),
        ({"down.0.0.1": [3, 3]}, "BatchNorm2d and cannot have the size"),
        ({"head": [3]}, "Conv2d and cannot have the size"),
    ],
)
def test_sizes_that_fit_no_layer_are_refused(tmp_path, sizes, message):
    with pytest.raises(StagewrightError, match=message):
        pruned(tmp_path, sizes)(TASK)


def test_sizes_are_positive_numbers(tmp_path):
    with pytest.raises(RecipeError, match="greater than or equal to 1"):
        pruned(tmp_path, {"head": [0, 3]})


def test_other_kinds_of_layers(tmp_path):
    from stagewright_plugins.pruning.resize import resized

    network = nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Flatten(), nn.Linear(4, 5))
    resized(network, {"0": [2, 2], "2": [5, 2]})
    assert network[0].groups == 2
    assert network(torch.zeros(1, 2, 3, 3)).shape == (1, 5)
