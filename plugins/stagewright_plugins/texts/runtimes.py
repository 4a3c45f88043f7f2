"""A translating model brought to life: from a train artifact in PyTorch, or from ONNX files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright.context import Context
from stagewright.stages.framing import Task
from stagewright.stages.train import Model

from .memory import Memory
from .subwords import Subwords
from .translator import Settings, Translator


def settings(spec: Mapping[str, Any], task: Task) -> Settings:
    """How a model translates, from its spec (of what it was made from, where that is another)."""
    while "of" in spec:
        spec = spec["of"]
    return Settings(int(spec["beam"]), spec["memory"], task.input.shape[0])


def of_torch(model: Model, task: Task, context: Context) -> Translator:
    """From `model.safetensors`, `tokenizer.json` and `memory.json`."""
    from stagewright_plugins.exporting.network import network

    from .torch_stepper import TorchStepper

    stepper = TorchStepper(network(model, task, context))
    return Translator(stepper, Subwords.read(model.path), Memory.read(model.path), settings(model.spec, task))


def of_onnx(folder: Path, how: Settings, threads: int | None = None) -> Translator:
    """From `encoder.onnx`, `model.onnx`, `tokenizer.json` and `memory.json`."""
    from .onnx_stepper import OnnxStepper

    return Translator(OnnxStepper(folder, threads), Subwords.read(folder), Memory.read(folder), how)
