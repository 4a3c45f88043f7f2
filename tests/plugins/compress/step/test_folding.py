from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from stagewright_plugins.compress.step._folding import eight_bit_joins, folded

RANDOM = np.random.default_rng(0)


def model(nodes, inputs, output, **constants):
    rank = len(next(iter(inputs.values())))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [None] * rank)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


def run(proto, **inputs):
    return ReferenceEvaluator(proto).run(None, inputs)[0]


def counts(proto, kind):
    return sum(node.op_type == kind for node in proto.graph.node)


def quantised_matmul():
    nodes = [
        helper.make_node("QuantizeLinear", ["w", "s", "z"], ["q"], axis=1),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], axis=1),
        helper.make_node("MatMul", ["x", "d"], ["y"]),
    ]
    weight = RANDOM.normal(size=(5, 3)).astype(np.float32)
    scale = (np.abs(weight).max(0) / 127).astype(np.float32)
    return model(nodes, {"x": (2, 5)}, "y", w=weight, s=scale, z=np.zeros(3, np.int8))


def test_weights_are_stored_as_codes_and_the_answers_are_the_same():
    given = RANDOM.normal(size=(2, 5)).astype(np.float32)
    proto = quantised_matmul()
    before = run(proto, x=given)
    folded(proto)
    onnx.checker.check_model(proto)
    np.testing.assert_array_equal(run(proto, x=given), before)
    kinds = {tensor.name: tensor.data_type for tensor in proto.graph.initializer}
    assert kinds == {"q": TensorProto.INT8, "s": TensorProto.FLOAT, "z": TensorProto.INT8}
    assert [node.op_type for node in proto.graph.node] == ["DequantizeLinear", "MatMul"]


SCALES = {"s": np.float32(0.02), "z": np.uint8(100), "s2": np.float32(0.017), "z2": np.uint8(90)}


def joined(before, part="b"):
    nodes = [
        *before,
        helper.make_node("Concat", ["a", part], ["c"], axis=1),
        helper.make_node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"]),
    ]
    inputs = {"a": (1, 2, 4, 4), "b": (1, 3, 4, 4)}
    return model(nodes, inputs, "y", **SCALES)


def images():
    return {name: RANDOM.uniform(-1, 1, (1, n, 4, 4)).astype(np.float32) for name, n in (("a", 2), ("b", 3))}


def test_parts_of_a_join_are_quantised_without_changing_a_code():
    given = images()
    before = run(joined([]), **given)
    proto = eight_bit_joins(joined([]))
    onnx.checker.check_model(proto)
    np.testing.assert_array_equal(run(proto, **given), before)


def test_inputs_of_the_graph_are_left_and_what_a_layer_made_is_quantised():
    proto = eight_bit_joins(joined([helper.make_node("Relu", ["b"], ["r"])], "r"))
    onnx.checker.check_model(proto)
    assert counts(proto, "QuantizeLinear") == 2
    given = images()
    np.testing.assert_array_equal(
        run(proto, **given), run(joined([helper.make_node("Relu", ["b"], ["r"])], "r"), **given)
    )


def test_what_has_a_scale_of_its_own_keeps_it():
    own = [
        helper.make_node("Relu", ["b"], ["r"]),
        helper.make_node("QuantizeLinear", ["r", "s2", "z2"], ["rq"]),
        helper.make_node("DequantizeLinear", ["rq", "s2", "z2"], ["rd"]),
    ]
    proto = eight_bit_joins(joined(own, "r"))
    assert counts(proto, "QuantizeLinear") == 2  # none was added
    join = next(node for node in proto.graph.node if node.op_type == "Concat")
    assert list(join.input) == ["a", "rd"]
    given = images()
    assert np.abs(run(proto, **given) - run(joined(own, "r"), **given)).max() <= 0.02 + 0.017 / 2


@pytest.mark.parametrize("mode", ["linear", "nearest"])
def test_a_resize_is_done_on_codes(mode):
    resize = [
        helper.make_node("Relu", ["b"], ["r"]),
        helper.make_node("Resize", ["r", "", "scales"], ["wide"], mode=mode),
        helper.make_node("Concat", ["a", "wide"], ["c"], axis=1),
        helper.make_node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["y"]),
    ]
    constants = {**SCALES, "scales": np.array([1, 1, 2, 2], np.float32)}

    def made():
        return model(resize, {"a": (1, 2, 8, 8), "b": (1, 3, 4, 4)}, "y", **constants)

    given = {"a": RANDOM.normal(size=(1, 2, 8, 8)), "b": RANDOM.normal(size=(1, 3, 4, 4))}
    given = {name: value.astype(np.float32) for name, value in given.items()}
    proto = eight_bit_joins(made())
    onnx.checker.check_model(proto)
    order = [node.op_type for node in proto.graph.node]
    at = order.index("Resize")
    assert order[at - 1] == "DequantizeLinear"
    assert "QuantizeLinear" in order[at + 1 : order.index("Concat")]
    assert np.abs(run(proto, **given) - run(made(), **given)).max() <= 1.5 * 0.02


def test_a_join_that_nothing_quantises_is_left_alone():
    nodes = [helper.make_node("Concat", ["a", "b"], ["y"], axis=1)]
    proto = model(nodes, {"a": (1, 2), "b": (1, 3)}, "y")
    before = proto.SerializeToString()
    assert eight_bit_joins(proto).SerializeToString() == before
