"""onnxruntime's dynamic quantisation of every graph of an exported model."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import exported, quiet, save

OPERATORS = ["MatMul", "Gemm", "Gather"]


def quantised(inputs: Inputs, per_channel: bool, exclude: tuple[str, ...]) -> Model:
    """Export into the step's folder, then quantise in place; see `dynamic_int8`."""
    work = inputs.context.workdir
    exported(inputs.model, inputs.framing.task, inputs.context, work)
    paths = sorted(work.glob("*.onnx"))
    named = [node.name for path in paths for node in onnx.load(path).graph.node]
    for name in exclude:
        if not any(node.startswith(name) for node in named):
            hint = suggestion(name, named, "node")
            raise StagewrightError(f"dynamic_int8.exclude: no node's name begins with {name!r}, {hint}")
    for path in paths:
        _quantise(path, per_channel, [node for node in named if exclude and node.startswith(exclude)])
    return Model(work, "onnx", inputs.model.spec, inputs.model.validation, inputs.model.parameters)


def _quantise(path: Path, per_channel: bool, excluded: list[str]) -> None:
    beside = path.with_suffix(".part")
    with quiet():
        quantize_dynamic(
            str(path),
            str(beside),
            op_types_to_quantize=OPERATORS,
            per_channel=per_channel,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=excluded,
        )
    save(onnx.load(beside), path)
    beside.unlink()
