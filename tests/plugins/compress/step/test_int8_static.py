from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from stagewright.errors import StagewrightError
from stagewright_plugins.exporting.export import exported
from stagewright_plugins.exporting.session import session


def weights(model):
    graph = onnx.load(model.path / "model.onnx").graph
    return Counter(tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 4)


def test_weights_are_stored_in_eight_bits_and_the_answers_stay(step, given, probabilities, tmp_path, capfd):
    model = step("int8_static", samples=24)
    assert model.format == "onnx"
    assert set(weights(model)) == {TensorProto.INT8}
    fp32 = exported(given.model, given.framing.task, given.context, tmp_path / "fp32").stat().st_size
    parameters = given.model.parameters
    assert (
        fp32 - (model.path / "model.onnx").stat().st_size > 2.5 * parameters - 20_000
    )  # 3 of 4 bytes, less scales
    before, scores = probabilities(given.model)
    after, quantised = probabilities(model)
    assert (before.argmax(1) == after.argmax(1)).mean() > 0.97
    assert scores["iou_mean"] - quantised["iou_mean"] < 0.03
    assert not np.allclose(before, after, atol=1e-5)
    told = capfd.readouterr()
    assert "neural" not in told.out + told.err
    assert "INFO" not in told.out + told.err


def test_any_number_of_samples_can_be_asked(step):
    model = step("int8_static", samples=8)
    for samples in (1, 3):
        images = np.zeros((samples, 1, 24, 24), dtype=np.float32)
        assert session(model.path / "model.onnx").run(None, {"input": images})[0].shape == (
            samples,
            2,
            24,
            24,
        )


def test_the_same_settings_give_the_same_bytes_and_what_is_excluded_stays(step):
    one, two = (step("int8_static", work=name, samples=8) for name in ("one", "two"))
    assert (one.path / "model.onnx").read_bytes() == (two.path / "model.onnx").read_bytes()
    kept = step("int8_static", work="kept", samples=8, exclude=["head"])
    assert weights(kept)[TensorProto.FLOAT] == 1
    assert weights(kept)[TensorProto.INT8] == weights(one)[TensorProto.INT8] - 1


def test_a_module_that_is_not_there_is_refused(step):
    with pytest.raises(StagewrightError, match="no module 'hed', did you mean 'head'"):
        step("int8_static", samples=4, exclude=["hed"])
