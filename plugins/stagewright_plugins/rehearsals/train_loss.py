"""train.loss: a scalar that can be minimised, smaller for right answers than for wrong ones."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import SIZE, a_task


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Logits (4, K, H, W) and targets (4, H, W) → a number with a gradient."""
    import torch

    task = a_task(bench, plugin)
    loss, classes = plugin(task), len(task.classes)
    generator = torch.Generator().manual_seed(bench.seed)
    target = torch.randint(
        classes, (4, SIZE, SIZE) if task.type == "segmentation" else (4,), generator=generator
    )
    right = torch.nn.functional.one_hot(target, classes).movedim(-1, 1).float() * 6 - 3
    logits = torch.randn(right.shape, generator=generator).requires_grad_()
    value = loss(logits, target)
    assert value.ndim == 0, f"a loss is one number, not {tuple(value.shape)}"
    assert torch.isfinite(value), f"it is {value}"
    value.backward()
    assert logits.grad is not None and bool(logits.grad.abs().sum() > 0), "it has no gradient"
    assert loss(right, target) < loss(-right, target), "wrong answers cost less than right ones"
    return float(value.detach())
