"""neural-compressor's static PT2E quantisation, as an ONNX file whose weights are really small."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import onnx
import torch
from torch import nn

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model
from stagewright_plugins.exporting.export import FILE, quiet, save, write
from stagewright_plugins.exporting.network import network

from ._calibration import BATCH
from ._folding import eight_bit_joins, folded


def quantised(inputs: Inputs, samples: np.ndarray, calibration: str, exclude: Sequence[str]) -> Model:
    """Trace, observe, quantise, write, fold; see `int8_static`."""
    task, path = inputs.framing.task, inputs.context.workdir / FILE
    trained = network(inputs.model, task, inputs.context)
    _require(trained, exclude)
    with _silent(), quiet():
        graph = _quantised(trained, torch.from_numpy(samples), calibration, exclude)
        write(graph, task, path)
    proto = onnx.load(path)
    eight_bit_joins(folded(proto))
    save(proto, path)
    return Model(path.parent, "onnx", inputs.model.spec, inputs.model.validation, inputs.model.parameters)


def _quantised(
    trained: nn.Module, samples: torch.Tensor, calibration: str, exclude: Sequence[str]
) -> nn.Module:
    from neural_compressor.torch.export import export
    from neural_compressor.torch.quantization import StaticQuantConfig, convert, prepare

    size = min(BATCH, len(samples))
    example = samples[:2] if len(samples) > 1 else samples.repeat(2, 1, 1, 1)
    graph = export(trained, (example,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    config = StaticQuantConfig(act_algo=calibration)
    for name in exclude:
        config.set_local(name, StaticQuantConfig(w_dtype="fp32", act_dtype="fp32"))
    prepared = prepare(graph, config)
    with torch.no_grad():
        for start in range(0, len(samples), size):
            prepared(samples[start : start + size])
    converted: nn.Module = convert(prepared)
    return converted


def _require(trained: nn.Module, exclude: Sequence[str]) -> None:
    known = [name for name, _ in trained.named_modules() if name]
    for name in exclude:
        if name not in known:
            hint = suggestion(name, known, "module")
            raise StagewrightError(f"int8_static.exclude: the network has no module {name!r}, {hint}")


@contextmanager
def _silent() -> Iterator[None]:
    """neural-compressor logs every step it takes, by a handler of its own."""
    logger = logging.getLogger("neural_compressor")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
