"""A graph behind a signature."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import BackendInputs
from stagewright_plugins.deploy.backend.onnx import onnx as backend

SIGNATURE = {
    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
    "outputs": [
        {"name": "double", "datatype": "FP32", "shape": [-1, 2]},
        {"name": "square", "datatype": "FP32", "shape": [-1, 2]},
    ],
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["double"]), helper.make_node("Mul", ["x", "x"], ["square"])],
        "both",
        [value("x", TensorProto.FLOAT, ["n", 2])],
        [value("double", TensorProto.FLOAT, ["n", 2]), value("square", TensorProto.FLOAT, ["n", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path


def test_outputs_by_name_and_only_those_asked_for(package: Path) -> None:
    engine = backend(BackendInputs(package, SIGNATURE))
    x = np.array([[1.5, -2.0]], np.float32)
    found = engine({"x": x})
    assert found["double"].tolist() == [[3.0, -4.0]]
    assert found["square"].tolist() == [[2.25, 4.0]]
    assert list(engine({"x": x}, ["square"])) == ["square"]


def test_threads_do_not_mix_up_answers(package: Path) -> None:
    engine = backend(BackendInputs(package, SIGNATURE, threads=2))
    given = [np.full((3, 2), number, np.float32) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda x: engine({"x": x})["double"], given))
    assert all((answer == 2 * x).all() for x, answer in zip(given, found, strict=True))


def test_a_signature_that_is_not_the_graphs_is_refused(package: Path) -> None:
    wrong = SIGNATURE | {"outputs": [{"name": "half", "datatype": "FP32", "shape": [-1, 2]}]}
    with pytest.raises(StagewrightError, match="differ in outputs: double, half, square"):
        backend(BackendInputs(package, wrong))


def test_a_file_that_is_no_graph_is_one_line(package: Path) -> None:
    (package / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(StagewrightError, match="onnxruntime cannot run") as caught:
        backend(BackendInputs(package, SIGNATURE))
    assert "\n" not in str(caught.value)
