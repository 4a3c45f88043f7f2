from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from stagewright.errors import StagewrightError


def graph(model):
    return onnx.load(model.path / "model.onnx").graph


def test_weights_are_stored_in_eight_bits_and_the_answers_stay(step, given, probabilities):
    model = step("onnx_int8", samples=16)
    assert model.format == "onnx"
    weights = Counter(tensor.data_type for tensor in graph(model).initializer if len(tensor.dims) == 4)
    assert set(weights) == {TensorProto.INT8}
    before, scores = probabilities(given.model)
    after, quantised = probabilities(model)
    assert (before.argmax(1) == after.argmax(1)).mean() > 0.97
    assert scores["iou_mean"] - quantised["iou_mean"] < 0.03
    assert not np.allclose(before, after, atol=1e-5)  # something was rounded


def test_the_same_settings_give_the_same_bytes(step):
    one, two = (step("onnx_int8", work=name, samples=8) for name in ("one", "two"))
    assert (one.path / "model.onnx").read_bytes() == (two.path / "model.onnx").read_bytes()


def test_a_percentile_cuts_rare_values_off(step, capfd):
    def scales(model):
        return [
            onnx.numpy_helper.to_array(tensor).item()
            for tensor in graph(model).initializer
            if tensor.name.endswith("_scale") and not tensor.dims
        ]

    plain = scales(step("onnx_int8", work="plain", samples=16))
    other = scales(step("onnx_int8", work="other", samples=16, calibration="percentile", percentile=95.0))
    assert np.mean(other) < np.mean(plain)
    assert capfd.readouterr().out == ""  # onnxruntime would print


def test_what_is_excluded_stays_in_32_bits(step):
    head = graph(step("onnx_int8", work="plain", samples=4)).node[-2].name
    nodes = [node for node in graph(step("onnx_int8", work="fp32", samples=4)).node if node.op_type == "Conv"]
    model = step("onnx_int8", work="kept", samples=4, exclude=[nodes[-1].name])
    floats = [tensor for tensor in graph(model).initializer
              if len(tensor.dims) == 4 and tensor.data_type == TensorProto.FLOAT]  # fmt: skip
    assert len(floats) == 1, head


def test_a_node_that_is_not_there_is_refused(step):
    with pytest.raises(StagewrightError, match="no node's name begins with 'nothing'"):
        step("onnx_int8", samples=4, exclude=["nothing"])


def test_standardising_stays_in_32_bits(step):
    nodes = list(graph(step("onnx_int8", samples=4)).node)
    first = next(i for i, node in enumerate(nodes) if node.op_type == "QuantizeLinear")
    assert {"ReduceMean", "Sub", "Sqrt", "Div"} <= {node.op_type for node in nodes[:first]}


def test_one_scale_per_channel_unless_told_otherwise(step):
    def dims(model):
        return {len(tensor.dims) for tensor in graph(model).initializer if "weight_scale" in tensor.name}

    assert dims(step("onnx_int8", work="channel", samples=4)) == {1}
    assert dims(step("onnx_int8", work="tensor", samples=4, per_channel=False)) == {0}
