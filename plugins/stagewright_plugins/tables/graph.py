"""ONNX graphs of tables: one input per column, `probability` as the only output."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

OPSET, ML_OPSET, IR = 18, 3, 10


def probability_model(inputs: Sequence[Any], nodes: Sequence[Any], classes: int) -> onnx.ModelProto:
    """A model from one input per column to `probability` (N, K), which the nodes must give."""
    found = helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", classes])
    graph = helper.make_graph(list(nodes), "table", list(inputs), [found])
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Check and write, the same bytes for the same graph."""
    model.producer_name = "stagewright"
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
