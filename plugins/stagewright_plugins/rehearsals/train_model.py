"""train.model: a `torch.nn.Module` from inputs to logits that learns and can be saved."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._plain import plain
from stagewright_plugins.rehearsals._small import a_task, discs


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """(2, C, H, W) float32 → (2, K, H, W); every parameter that counts gets a gradient."""
    import torch

    torch.manual_seed(bench.seed)
    task = a_task(bench, plugin)
    model = plugin(task)
    assert isinstance(model, torch.nn.Module), f"gives {type(model).__name__}, not a torch.nn.Module"
    given = torch.from_numpy(discs(2, bench.seed)[0]).float() / 255
    logits = model(given)
    assert tuple(logits.shape) == (2, *task.output.shape), f"{tuple(logits.shape)} for {task.output.shape}"
    assert logits.dtype == torch.float32
    logits.square().mean().backward()
    learnt = [item for item in model.parameters() if item.requires_grad]
    assert learnt, "it has no parameter to learn"
    assert any(item.grad is not None and bool(item.grad.abs().sum() > 0) for item in learnt), (
        "no gradient arrives"
    )
    model.eval()
    with torch.inference_mode():
        one, both = model(given[:1]), model(given)
    assert torch.allclose(one[0], both[0], atol=1e-4), "a sample's answer depends on the rest of its batch"
    return {name: plain(value) for name, value in model.state_dict().items()}
