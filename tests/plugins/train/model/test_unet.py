"""U-Net: any size and any number of channels, brightness without meaning, every weight in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from stagewright.stages.framing import Task
from stagewright_plugins.train.model.unet import unet

SIZES = [(8, 8), (9, 13), (31, 50), (64, 64)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_logits_have_the_size_of_the_input(
    make_task: Callable[..., Task], size: tuple[int, int], channels: int, norm: str
) -> None:
    network = unet(make_task(channels), width=2, depth=3, norm=norm)
    images = torch.rand(1, channels, *size)
    for mode in (True, False):  # a batch of one, too
        logits = network.train(mode)(images)
        assert logits.shape == (1, 2, *size)
        assert torch.isfinite(logits).all()


@pytest.mark.parametrize("depth", [1, 6])
def test_the_smallest_picture_goes_through_every_depth(make_task: Callable[..., Task], depth: int) -> None:
    network = unet(make_task(), width=2, depth=depth, norm="instance")
    assert network(torch.rand(2, 1, 8, 8)).shape == (2, 2, 8, 8)


def test_every_weight_is_used(make_task: Callable[..., Task]) -> None:
    network = unet(make_task(), width=4, depth=2)
    network(torch.rand(2, 1, 16, 16)).square().mean().backward()
    unused = [name for name, part in network.named_parameters() if part.grad is None or not part.grad.any()]
    assert unused == []


def test_brightness_and_contrast_of_a_picture_mean_nothing(make_task: Callable[..., Task]) -> None:
    network, images = unet(make_task(), width=4).eval(), torch.rand(2, 1, 24, 24)
    other = images * torch.tensor([0.5, 0.2]).view(2, 1, 1, 1) + torch.tensor([0.3, 0.1]).view(2, 1, 1, 1)
    assert torch.allclose(network(images), network(other), atol=1e-3)


def test_a_blank_picture_is_no_trouble(make_task: Callable[..., Task]) -> None:
    assert torch.isfinite(unet(make_task(), width=4)(torch.zeros(2, 1, 16, 16))).all()


def test_the_layout_in_memory_changes_nothing(make_task: Callable[..., Task]) -> None:
    network, images = unet(make_task(3), width=4).eval(), torch.rand(2, 3, 20, 24)
    plain = network(images)
    last = network.to(memory_format=torch.channels_last)(images.contiguous(memory_format=torch.channels_last))
    assert torch.allclose(plain, last, atol=1e-5)


def test_dropout_draws_while_training_only(make_task: Callable[..., Task]) -> None:
    network, images = unet(make_task(), width=4, dropout=0.5), torch.rand(2, 1, 16, 16)
    assert not torch.equal(network(images), network(images))
    network.eval()
    assert torch.equal(network(images), network(images))


def test_it_has_the_size_that_the_docs_name(make_task: Callable[..., Task]) -> None:
    network = unet(make_task())
    # brain_tissue has three classes: one more output, 12 weights and a bias.
    assert sum(part.numel() for part in network.parameters()) + 13 == 253_575
