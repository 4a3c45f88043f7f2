"""A model handle → the trained PyTorch network behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright.stages.train import Model

if TYPE_CHECKING:
    from torch import nn


def network(model: Model, task: Task, context: Context) -> nn.Module:
    """Rebuild from the spec, load `model.safetensors`, set to evaluation; on the CPU.

    Raises:
        StagewrightError: the model is not a PyTorch one.
    """
    from safetensors.torch import load_file

    if model.format != "torch":
        raise StagewrightError(f"a model of format {model.format!r} has no PyTorch network")
    built: nn.Module = context.resolve("train.model", model.spec)(task)
    built.load_state_dict(load_file(model.path / "model.safetensors"))
    return built.eval()
