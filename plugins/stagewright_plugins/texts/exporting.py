"""A translating network as two ONNX graphs with what stands around them.

    encoder.onnx   source (N, S) → keys, values: of every decoder layer, and of the pointer
    model.onnx     token (N, 1), source, keys, values, past_keys, past_values → logs (N, V), new_keys, new_values

Two graphs, because a text is read once and said in many steps; the search between the steps is `search.py`, which is
the same for PyTorch and ONNX.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stagewright.context import Context
from stagewright.stages.framing import Task
from stagewright.stages.train import Model

from .memory import FILE as MEMORY
from .onnx_stepper import DECODER, ENCODER
from .subwords import FILE as TOKENIZER

PARTS = (ENCODER, DECODER, TOKENIZER, MEMORY)


def exported(model: Model, task: Task, context: Context, folder: Path) -> Path:
    """Write or copy all parts into `folder`; gives the path of `model.onnx`.

    Raises:
        StagewrightError: the network uses an operation that ONNX has no counterpart for.
    """
    from stagewright_plugins.exporting.network import network

    folder.mkdir(parents=True, exist_ok=True)
    copied = PARTS if model.format == "onnx" else (TOKENIZER, MEMORY)
    for name in copied:
        shutil.copyfile(model.path / name, folder / name)
    if model.format != "onnx":
        write(network(model, task, context), folder)
    return folder / DECODER


def write(network: Any, folder: Path) -> None:
    """Export both graphs of a network in evaluation mode."""
    texts, sources, places = (torch.export.Dim(name) for name in ("texts", "sources", "places"))
    source = torch.tensor([[20, 21, 3, 22, 23], [24, 25, 26, 0, 0]])
    with torch.no_grad():
        keys, values = network.encode(source)
        shape = (network.layers, 2, network.heads, 4, network.width // network.heads)
        past = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    _export(
        _Encoder(network),
        (source,),
        ("source",),
        ("keys", "values"),
        ({0: texts, 1: sources},),
        folder / ENCODER,
    )
    kept, said = {1: texts, 3: sources}, {1: texts, 3: places}
    _export(
        _Step(network),
        (torch.tensor([[20], [21]]), source, keys, values, past, past.clone()),
        ("token", "source", "keys", "values", "past_keys", "past_values"),
        ("logs", "new_keys", "new_values"),
        ({0: texts}, {0: texts, 1: sources}, kept, kept, said, said),
        folder / DECODER,
    )


class _Encoder(nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, source: torch.Tensor) -> Any:
        return self.network.encode(source)


class _Step(nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: torch.Tensor) -> Any:
        return self.network.step(*given)


def _export(
    module: nn.Module, example: Any, takes: tuple[str, ...], gives: tuple[str, ...], dynamic: Any, path: Path
) -> None:
    from stagewright_plugins.exporting.export import traced

    shapes = dynamic if len(takes) == 1 else (dynamic,)  # `*given` is one argument that holds a tuple
    traced(module.eval(), example, list(takes), list(gives), shapes, path)
