"""DeepLab: any size and any number of channels, brightness without meaning, every weight in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright_plugins.train.model.deeplab import deeplab

SIZES = [(8, 8), (9, 13), (31, 50), (64, 64)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_logits_have_the_size_of_the_input(
    make_task: Callable[..., Task], size: tuple[int, int], channels: int, norm: str
) -> None:
    network = deeplab(make_task(channels), width=2, norm=norm)
    images = torch.rand(1, channels, *size)
    for mode in (True, False):
        logits = network.train(mode)(images)
        assert logits.shape == (1, 2, *size)
        assert torch.isfinite(logits).all()


def test_every_weight_is_used(make_task: Callable[..., Task]) -> None:
    network = deeplab(make_task(), width=4)
    network(torch.rand(2, 1, 16, 16)).square().mean().backward()
    unused = [name for name, part in network.named_parameters() if part.grad is None or not part.grad.any()]
    assert unused == []


def test_brightness_and_contrast_of_a_picture_mean_nothing(make_task: Callable[..., Task]) -> None:
    network, images = deeplab(make_task(), width=4).eval(), torch.rand(2, 1, 24, 24)
    assert torch.allclose(network(images), network(images * 0.4 + 0.2), atol=1e-3)


def test_a_far_corner_matters_everywhere(make_task: Callable[..., Task]) -> None:
    """Global context: no pixel is out of reach, even where pictures are not standardised."""
    network = deeplab(make_task(), width=4).eval()
    network.standardize = torch.nn.Identity()
    images = torch.rand(1, 1, 96, 96, requires_grad=True)
    network(images)[..., :4, :4].sum().backward()
    assert images.grad is not None
    assert images.grad[..., -4:, -4:].any()
