from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stagewright.errors import StagewrightError
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.pruning.channels import families
from stagewright_plugins.pruning.resize import resized, sizes_of
from stagewright_plugins.pruning.thinning import ranks, thinned

TASK = segmentation(Goal("p", "o", ()), classes=("a", "b", "c"), size=(24, 24), channels=2)
IMAGES = torch.rand(2, 2, 24, 24, generator=torch.Generator().manual_seed(0))
SPECS = [
    {"type": "unet", "width": 6, "depth": 2},
    {"type": "unet", "width": 4, "depth": 1, "norm": "instance", "dropout": 0.2},
    {"type": "deeplab", "width": 4},
]


class Residual(nn.Module):
    """A sum of two branches, one depthwise; a linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.one = nn.Conv2d(8, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.head = nn.Conv2d(8, 3, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.stem(images)
        return self.head(features + torch.relu(self.one(features)) * 2 + self.depthwise(features))


def networks():
    torch.manual_seed(0)
    ctx = context(_folder())
    built = [ctx.resolve("train.model", spec)(TASK) for spec in SPECS]
    for network in (*built, Residual()):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean, 0, 0.1)
                nn.init.uniform_(module.running_var, 0.5, 2)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0, 0.1)
        yield network.eval()


def _folder():
    import tempfile
    from pathlib import Path

    return Path(tempfile.mkdtemp())


@pytest.mark.parametrize("network", list(networks()), ids=["unet", "instance", "deeplab", "residual"])
def test_removing_channels_is_the_same_as_silencing_them(network):
    """The pruned network answers as the whole one does once nothing takes the removed channels any more."""
    found = families(network, IMAGES)
    state = network.state_dict()
    thin = thinned(state, found, 0.5, 1, "l1")
    sizes = sizes_of(thin, network)
    assert sizes
    silenced = {name: value.clone() for name, value in state.items()}
    for family in found:
        gone = np.argsort(-ranks(state, family, "l1"), kind="stable")[max(1, round(len(family) / 2)) :]
        for (name, dim), places in family.axes.items():
            if dim == 1:
                silenced[name].index_fill_(1, torch.from_numpy(places[gone].ravel()), 0)
    network.load_state_dict(silenced)
    with torch.inference_mode():
        expected = network(IMAGES)
    resized(network, sizes).load_state_dict(thin)
    with torch.inference_mode():
        found_answers = network.eval()(IMAGES)
    torch.testing.assert_close(found_answers, expected, rtol=1e-4, atol=1e-5)


def test_a_skip_is_thinned_wherever_it_runs():
    network = next(networks())
    family = next(one for one in families(network, IMAGES) if ("down.0.1.0.weight", 0) in one.axes)
    assert set(family.axes) == {
        ("down.0.1.0.weight", 0), ("down.0.1.1.weight", 0), ("down.0.1.1.bias", 0),
        ("down.0.1.1.running_mean", 0), ("down.0.1.1.running_var", 0),
        ("down.1.0.0.weight", 1), ("up.1.0.0.weight", 1),
    }  # fmt: skip


def test_a_sum_ties_channels_and_a_depthwise_layer_has_its_own_per_channel():
    *_, network = networks()
    (family,) = families(network, IMAGES)
    assert len(family) == 8
    assert {("stem.0.weight", 0), ("one.weight", 0), ("depthwise.weight", 0), ("head.weight", 1)} <= set(
        family.axes
    )
    thin = thinned(network.state_dict(), [family], 0.5, 1, "l1")
    assert sizes_of(thin, network)["depthwise"] == [4, 4]


def test_input_and_output_keep_their_channels():
    for network in networks():
        state = network.state_dict()
        thin = thinned(state, families(network, IMAGES), 0.3, 1, "l1")
        first = next(name for name, value in state.items() if value.ndim == 4)
        last = [name for name, value in state.items() if value.ndim == 4][-1]
        assert thin[first].shape[1] == 2
        assert thin[last].shape[0] == 3


class Flat(nn.Module):
    """Channels that reach an operation which mixes them stay."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 4, 1), nn.Conv2d(4, 6, 1)
        self.head = nn.Linear(6 * 24 * 24, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.two(self.one(images).relu()).flatten(1))


def test_channels_that_reach_something_unknown_stay():
    (family,) = families(Flat().eval(), IMAGES)
    assert ("one.weight", 0) in family.axes
    assert ("two.weight", 0) not in family.axes


def test_a_network_that_cannot_be_traced_is_refused():
    class Wild(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images * (1 if images.sum().item() > 0 else 2)

    with pytest.raises(StagewrightError, match="cannot be traced for pruning"):
        families(Wild().eval(), IMAGES)
