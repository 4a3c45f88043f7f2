"""SGD: two steps by hand, with and without momentum."""

from __future__ import annotations

import pytest
import torch

from stagewright_plugins.train.optimizer.sgd import sgd


def after_two_steps(**settings: float | bool) -> float:
    """From 1.0 along a gradient of 2.0, then of 1.0."""
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = sgd([weight], lr=0.1, weight_decay=0.0, **settings)
    for gradient in (2.0, 1.0):
        weight.grad = torch.full((1,), gradient)
        optimizer.step()
    return weight.item()


def test_without_momentum_it_follows_the_gradient() -> None:
    assert after_two_steps(momentum=0.0) == pytest.approx(1 - 0.1 * 2 - 0.1 * 1)


def test_momentum_goes_on() -> None:
    assert after_two_steps(momentum=0.5, nesterov=False) == pytest.approx(1 - 0.1 * 2 - 0.1 * (0.5 * 2 + 1))


def test_nesterov_looks_ahead() -> None:
    first, second = 2 + 0.5 * 2, 1 + 0.5 * (0.5 * 2 + 1)
    assert after_two_steps(momentum=0.5) == pytest.approx(1 - 0.1 * first - 0.1 * second)


def test_decay_pulls_to_zero() -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    weight.grad = torch.zeros(1)
    sgd([weight], lr=0.1, momentum=0.0, weight_decay=0.2).step()
    assert weight.item() == pytest.approx(1 - 0.1 * 0.2)
