"""train.optimizer: a `torch.optim.Optimizer` that lowers a loss."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._plain import plain


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """20 steps on a square bowl, from its wall."""
    import torch

    torch.manual_seed(bench.seed)
    weights = torch.nn.Parameter(torch.ones(5))
    optimizer = plugin([weights])
    assert isinstance(optimizer, torch.optim.Optimizer), f"gives {type(optimizer).__name__}, not an Optimizer"
    for _ in range(20):
        optimizer.zero_grad()
        weights.square().sum().backward()
        optimizer.step()
    assert weights.square().sum() < 5, "after 20 steps the loss is no lower"
    return plain(weights)
