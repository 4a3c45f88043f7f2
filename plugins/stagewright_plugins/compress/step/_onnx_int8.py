"""onnxruntime's static quantisation of an exported model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import FILE, INPUT, exported, quiet, save

from ._calibration import BATCH

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
}
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")


@dataclass(frozen=True)
class Choices:
    """The step's settings, by the names that `onnx_int8` documents."""

    calibration: str
    percentile: float
    per_channel: bool
    exclude: tuple[str, ...]


class Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Deals out calibration samples, (N, C, H, W) float32, a batch at a time."""

    def __init__(self, samples: np.ndarray) -> None:
        self._batches = self._dealt(samples)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch; None after the last."""
        return next(self._batches, None)

    def _dealt(self, samples: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
        # Histograms of batches of several sizes cannot be added up: the last samples that fill no batch are left.
        size = min(BATCH, len(samples))
        for start in range(0, len(samples) - size + 1, size):
            yield {INPUT: samples[start : start + size]}


def quantised(inputs: Inputs, samples: np.ndarray, choices: Choices) -> Model:
    """Quantise the model on calibration samples; see `onnx_int8`."""
    work = inputs.context.workdir
    source = exported(inputs.model, inputs.framing.task, inputs.context, work / "fp32")
    prepared, target = work / "prepared.onnx", work / FILE
    with quiet():
        # Sizes that depend on the batch are not solved for: no operator of ours needs them.
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            Reader(samples),
            quant_format=QuantFormat.QDQ,
            per_channel=choices.per_channel,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=METHODS[choices.calibration],
            nodes_to_exclude=_excluded(prepared, choices.exclude),
            extra_options={"CalibPercentile": choices.percentile},
        )
    save(onnx.load(target), target)
    return Model(work, "onnx", inputs.model.spec, inputs.model.validation, inputs.model.parameters)


def _excluded(path: Path, names: tuple[str, ...]) -> list[str]:
    graph = onnx.load(path).graph
    nodes = [node.name for node in graph.node]
    for name in names:
        if not any(node.startswith(name) for node in nodes):
            hint = suggestion(name, nodes, "node")
            raise StagewrightError(f"onnx_int8.exclude: no node's name begins with {name!r}, {hint}")
    return [*_unweighted(graph), *(node for node in nodes if names and node.startswith(names))]


def _unweighted(graph: onnx.GraphProto) -> list[str]:
    """Nodes with no layer with weights before them; nodes of a graph stand in the order of their work."""
    after: set[str] = set()
    found = []
    for node in graph.node:
        if node.op_type in WEIGHTED or after & set(node.input):
            after |= set(node.output)
        else:
            found.append(node.name)
    return found
