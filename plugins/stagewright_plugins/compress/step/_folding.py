"""What the exporter of a quantised PyTorch graph leaves undone, so that the file is small and runs in eight bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

QUANTISE, DEQUANTISE = "QuantizeLinear", "DequantizeLinear"
# Joins that onnxruntime does in eight bits, and what may stand before them without changing any value's range.
JOINS, CARRIERS = ("Concat",), ("Resize",)


def folded(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Store quantised weights instead of working them out from 32 bits at every start; in place.

    The exporter writes `QuantizeLinear(weight)` (and a clip to the range) as nodes over constants. They are
    evaluated here, and the 32-bit weights that nothing needs any more are left out.
    """
    graph = proto.graph
    known = {tensor.name: tensor for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        constant = node.input and all(name in known for name in node.input if name)
        if constant and node.op_type != DEQUANTISE:
            for name, value in _evaluated(node, known, proto).items():
                known[name] = numpy_helper.from_array(value, name)
        else:
            kept.append(node)
    needed = {name for node in kept for name in node.input} | {item.name for item in graph.output}
    del graph.node[:], graph.initializer[:]
    graph.node.extend(kept)
    graph.initializer.extend(tensor for name, tensor in known.items() if name in needed)
    return proto


def _evaluated(
    node: onnx.NodeProto, known: dict[str, onnx.TensorProto], proto: onnx.ModelProto
) -> dict[str, np.ndarray]:
    outputs = [helper.make_value_info(name, onnx.TypeProto()) for name in node.output]
    constants = [known[name] for name in dict.fromkeys(node.input) if name]
    graph = helper.make_graph([node], "constant", [], outputs, constants)
    model = helper.make_model(graph, opset_imports=proto.opset_import)
    values = ReferenceEvaluator(model).run(None, {})
    return dict(zip(node.output, map(np.asarray, values), strict=True))


def eight_bit_joins(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Quantise what goes into a join by the scale of what comes out of it; in place.

    The quantiser observes what convolutions take, so that in `Conv -> Resize -> Concat -> Quantize -> Conv` all but
    the last run in 32 bits. Codes may be joined as they are: quantising each part by the scale of the whole gives
    the same codes. A part that is quantised already by a scale of its own keeps it, and a resize is given
    the scale of the join on both sides; that rounds once more, by at most half a step.
    """
    graph = proto.graph
    joins = [node for node in graph.node if node.op_type in JOINS]
    for join in joins:
        after = [node for node in graph.node if join.output[0] in node.input]
        if len(after) != 1 or after[0].op_type != QUANTISE:
            continue
        for i, name in enumerate(join.input):
            join.input[i] = _rounded(graph, name, list(after[0].input[1:]))
    ordered = list(_ordered(graph))
    del graph.node[:]
    graph.node.extend(ordered)
    return proto


def _rounded(graph: onnx.GraphProto, name: str, scale: list[str]) -> str:
    """The tensor after quantising and dequantising it: as it is somewhere already, else by this scale."""
    quantised = next((n for n in graph.node if n.op_type == QUANTISE and n.input[0] == name), None)
    if quantised is not None:
        return next(
            n.output[0] for n in graph.node if n.op_type == DEQUANTISE and n.input[0] == quantised.output[0]
        )
    maker = next((node for node in graph.node if name in node.output), None)
    if maker is None or maker.op_type == DEQUANTISE:
        return name
    users = sum(name in node.input for node in graph.node)
    if maker.op_type in CARRIERS and users == 1:
        maker.input[0] = _rounded(graph, maker.input[0], scale)
    codes, back = f"{name}_codes", f"{name}_rounded"
    graph.node.append(helper.make_node(QUANTISE, [name, *scale], [codes], name=codes))
    graph.node.append(helper.make_node(DEQUANTISE, [codes, *scale], [back], name=back))
    return back


def _ordered(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """The nodes so that each stands after what it needs, otherwise in the order they have."""
    made = {name for node in graph.node for name in node.output}
    waiting = list(graph.node)
    while waiting:
        ready = [node for node in waiting if not made & set(node.input)]
        for node in ready:
            made -= set(node.output)
            yield node
        waiting = [node for node in waiting if node not in ready]
