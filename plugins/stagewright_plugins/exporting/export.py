"""A model as one ONNX file: input `input` float32 (N, C, H, W) in [0, 1] → `logits` float32 (N, K, H, W)."""

from __future__ import annotations

import io
import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright.stages.train import Model

from .network import network

if TYPE_CHECKING:
    import torch
    from torch import nn

FILE = "model.onnx"
INPUT, OUTPUT = "input", "logits"
# What the exporter writes without converting: onnxruntime runs it with all of its fused and int8 kernels.
OPSET = 18


def exported(model: Model, task: Task, context: Context, folder: Path) -> Path:
    """Write `model.onnx` into `folder`; a model that is ONNX already is copied.

    Returns:
        Path of the file: weights inside, any number of samples per request, height and width of the task.

    Raises:
        StagewrightError: the network uses an operation that ONNX has no counterpart for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if task.type == "translation":
        from stagewright_plugins.texts import exporting

        return exporting.exported(model, task, context, folder)
    if model.format == "onnx":
        shutil.copyfile(model.path / FILE, path)
        return path
    return write(network(model, task, context), task, path)


def write(module: nn.Module, task: Task, path: Path) -> Path:
    """Export a network (or a graph of one) in evaluation mode; see `exported`."""
    import torch

    shapes = ({0: torch.export.Dim("batch")},)
    return traced(module, (example(task),), [INPUT], [OUTPUT], shapes, path)


def traced(
    module: nn.Module,
    given: tuple[Any, ...],
    inputs: list[str],
    outputs: list[str],
    shapes: tuple[Any, ...],
    path: Path,
) -> Path:
    """Write what a module does with `given` as one file; `shapes` as `dynamic_shapes` of `torch.onnx.export`.

    Raises:
        StagewrightError: it uses an operation that ONNX has no counterpart for.
    """
    import torch

    with quiet():
        try:
            program = torch.onnx.export(
                module,
                given,
                input_names=inputs,
                output_names=outputs,
                dynamic_shapes=shapes,
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            first = str(error).strip().splitlines()[0]
            raise StagewrightError(f"the network cannot be written as ONNX: {first}") from error
    assert program is not None
    save(program.model_proto, path)
    return path


def example(task: Task, samples: int = 2) -> torch.Tensor:
    """Samples to trace with, (N, C, H, W); two, because one would be taken for a constant."""
    import torch

    return torch.rand((samples, *task.input.shape), generator=torch.Generator().manual_seed(0))


def save(proto: Any, path: Path) -> None:
    """Write a checked model without the exporter's notes (a tenth of a small file, and they hold paths)."""
    import onnx

    graph = proto.graph
    del proto.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    for item in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        item.doc_string = ""
        del item.metadata_props[:]
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))


@contextmanager
def quiet() -> Iterator[None]:
    """Exporters print and warn about what they cannot know: other devices, packages that are not here."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(before)
