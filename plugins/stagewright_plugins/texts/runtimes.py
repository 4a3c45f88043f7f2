"""A translating model brought to life: from a train artifact in PyTorch, or from ONNX files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.context import Context
from stagewright.stages.framing import Task
from stagewright.stages.train import Model

from .memory import Memory
from .subwords import Subwords
from .translator import BATCH, Settings, Translation, Translator

Translate = Callable[[Sequence[str]], list[Translation]]


def settings(spec: Mapping[str, Any], task: Task) -> Settings:
    """How a model translates, from its spec (of what it was made from, where that is another)."""
    while "of" in spec:
        spec = spec["of"]
    return Settings(int(spec["beam"]), spec["memory"], task.input.shape[0])


def of_torch(model: Model, task: Task, context: Context) -> Translate:
    """From `model.safetensors`, `tokenizer.json` and `memory.json`.

    On one thread: a step's matrices are so small that threads wait for one another, most of all on a busy machine.
    """
    from stagewright_plugins.exporting.network import network
    from stagewright_plugins.fitting.surroundings import cpu_threads

    from .torch_stepper import TorchStepper

    stepper = TorchStepper(network(model, task, context))
    how = settings(model.spec, task)
    translator = Translator(stepper, Subwords.read(model.path), Memory.read(model.path), how, BATCH)

    def translate(texts: Sequence[str]) -> list[Translation]:
        with cpu_threads(1):
            return translator(texts)

    return translate


def of_onnx(folder: Path, how: Settings, threads: int | None = None) -> Translator:
    """From `encoder.onnx`, `model.onnx`, `tokenizer.json` and `memory.json`."""
    from .onnx_stepper import OnnxStepper

    return Translator(OnnxStepper(folder, threads), Subwords.read(folder), Memory.read(folder), how)
