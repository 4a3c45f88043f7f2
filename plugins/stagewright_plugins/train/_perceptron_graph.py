"""A perceptron as an ONNX graph from raw columns to probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from stagewright_plugins.tables.graph import probability_model, save
from stagewright_plugins.tables.scaling import Scaling

if TYPE_CHECKING:
    from ._perceptron import Perceptron


def exported(network: Perceptron, scaled: Scaling, path: Path) -> None:
    """Write codes, standardisation and every layer: one input per column → `probability` (N, K)."""
    numbers = scaled.numbers
    inputs = [
        helper.make_tensor_value_info(
            name, TensorProto.STRING if column.kind == "category" else TensorProto.FLOAT, ["N", 1]
        )
        for name, column in scaled.columns.items()
    ]
    nodes = [*(_numeric(numbers, scaled) if numbers else ()), *_embedded(network, scaled)]
    parts = ["_scaled", "_missing"] if numbers else []
    parts += [f"_embedded_{i}" for i in range(len(scaled.indices))]
    nodes.append(helper.make_node("Concat", parts, ["_0"], axis=1))
    for i, layer in enumerate(network.hidden):
        nodes += [
            *_linear(layer, f"_{i}", f"_{i}_sum"),
            helper.make_node("Relu", [f"_{i}_sum"], [f"_{i + 1}"]),
        ]
    nodes += _linear(network.last, f"_{len(network.hidden)}", "_logits")
    nodes.append(helper.make_node("Softmax", ["_logits"], ["probability"], axis=1))
    save(probability_model(inputs, nodes, network.last.out_features), path)


def _numeric(numbers: list[str], scaled: Scaling) -> Iterator[Any]:
    """Missing numbers become 0 after scaling, and a flag of their own."""
    yield helper.make_node("Concat", numbers, ["_raw"], axis=1)
    yield helper.make_node("IsNaN", ["_raw"], ["_is_missing"])
    yield helper.make_node("Cast", ["_is_missing"], ["_missing"], to=TensorProto.FLOAT)
    yield from (_constant("_means", scaled.means), _constant("_scales", scaled.scales))
    yield _constant("_zero", np.zeros(1, np.float32))
    yield helper.make_node("Sub", ["_raw", "_means"], ["_centred"])
    yield helper.make_node("Div", ["_centred", "_scales"], ["_divided"])
    yield helper.make_node("Where", ["_is_missing", "_zero", "_divided"], ["_scaled"])


def _embedded(network: Perceptron, scaled: Scaling) -> Iterator[Any]:
    yield _constant("_row", np.array([-1], np.int64))
    for i, (name, known) in enumerate(scaled.indices.items()):
        # An encoder without any key is no graph: a name that no request has stands for it.
        keys = known or {"\0": 0}
        yield helper.make_node(
            "LabelEncoder",
            [name],
            [f"_code_{i}"],
            domain="ai.onnx.ml",
            keys_strings=list(keys),
            values_int64s=list(keys.values()),
            default_int64=0,
        )
        yield helper.make_node("Reshape", [f"_code_{i}", "_row"], [f"_index_{i}"])
        yield _constant(f"_table_{i}", network.embeddings[i].weight.detach().numpy())
        yield helper.make_node("Gather", [f"_table_{i}", f"_index_{i}"], [f"_embedded_{i}"], axis=0)


def _linear(layer: Any, given: str, found: str) -> Iterator[Any]:
    yield _constant(f"{found}_weight", layer.weight.detach().numpy())
    yield _constant(f"{found}_bias", layer.bias.detach().numpy())
    yield helper.make_node("Gemm", [given, f"{found}_weight", f"{found}_bias"], [found], transB=1)


def _constant(name: str, values: np.ndarray) -> Any:
    return helper.make_node(
        "Constant", [], [name], value=numpy_helper.from_array(np.ascontiguousarray(values))
    )
