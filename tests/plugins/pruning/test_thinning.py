from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from stagewright_plugins.pruning.channels import families
from stagewright_plugins.pruning.thinning import ranks, thinned


@pytest.fixture
def network() -> nn.Module:
    """Four channels: by filters 0 < 1 < 2 < 3, by the normalisation's factor the reverse, folded both cancel."""
    made = nn.Sequential(nn.Conv2d(1, 4, 1, bias=False), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1)).eval()
    with torch.no_grad():
        made[0].weight.copy_(torch.tensor([1.0, 2, 3, 4]).reshape(4, 1, 1, 1))
        made[1].weight.copy_(torch.tensor([8.0, 3, 2, 1]))
    return made


def family(network):
    (found,) = families(network, torch.zeros(2, 1, 4, 4))
    return found


def test_weights_count_after_folding_the_normalisation(network):
    rank = ranks(network.state_dict(), family(network), "l1")
    np.testing.assert_allclose(rank, [8, 6, 6, 4], rtol=1e-4)
    network[1].running_var.copy_(torch.tensor([16.0, 1, 1, 1]))
    rank = ranks(network.state_dict(), family(network), "l1")
    np.testing.assert_allclose(rank, [2, 6, 6, 4], rtol=1e-4)


def test_the_factor_alone(network):
    np.testing.assert_allclose(ranks(network.state_dict(), family(network), "scale"), [8, 3, 2, 1])


def test_without_a_normalisation_the_factor_is_the_weights(network):
    bare = nn.Sequential(network[0], network[2]).eval()
    np.testing.assert_allclose(ranks(bare.state_dict(), family(bare), "scale"), [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("keep", "multiple", "left"),
    [(0.5, 1, 2), (0.1, 1, 1), (0.6, 2, 2), (0.4, 4, 4), (1.0, 3, 3), (0.5, 8, 4)],
)
def test_how_many_stay(network, keep, multiple, left):
    thin = thinned(network.state_dict(), [family(network)], keep, multiple, "l1")
    assert thin["0.weight"].shape[0] == thin["1.running_var"].shape[0] == thin["2.weight"].shape[1] == left


def test_the_most_important_stay_in_their_order(network):
    thin = thinned(network.state_dict(), [family(network)], 0.5, 1, "scale")
    assert thin["0.weight"].flatten().tolist() == [1, 2]
    assert thin["1.num_batches_tracked"] == network.state_dict()["1.num_batches_tracked"]
