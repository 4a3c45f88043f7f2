"""The graph around a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import parser

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.packaging import graph

INNER = """
<ir_version: 8, opset_import: ["" : {opset}]>
inner (float[N, 1, 8, 12] {given}) => (float[N, 2, 8, 12] logits)
{{
    resized = Neg ({given})
    logits = Concat <axis = 1> (resized, {given})
}}
"""


def wrapped(tmp_path: Path, task: Task, opset: int = 18, given: str = "image") -> Path:
    onnx.save(parser.parse_model(INNER.format(opset=opset, given=given)), tmp_path / "inner.onnx")
    graph.segmentation(tmp_path / "inner.onnx", task, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("given", ["image", "resized_not", "probability", "prepared", "scores"])
@pytest.mark.parametrize("opset", [13, 18, 21])
def test_any_opset_and_any_name_inside(tmp_path: Path, task: Task, opset: int, given: str) -> None:
    session = ort.InferenceSession(str(wrapped(tmp_path, task, opset, given)))
    assert [item.name for item in session.get_inputs()] == ["image"]
    assert [item.name for item in session.get_outputs()] == ["mask", "probability", "confidence"]
    image = np.full((3, 1, 8, 12), 255, np.uint8)
    mask, probability, confidence = session.run(None, {"image": image})
    assert (mask == 1).all()
    assert probability[:, 1] == pytest.approx(1 / (1 + np.exp(-2)))
    assert confidence == pytest.approx(1 / (1 + np.exp(-2)))


def test_the_same_graph_is_the_same_bytes(tmp_path: Path, task: Task) -> None:
    first = wrapped(tmp_path, task).read_bytes()
    assert wrapped(tmp_path, task).read_bytes() == first


def test_a_model_with_two_inputs_is_refused(tmp_path: Path, task: Task) -> None:
    two = INNER.format(opset=18, given="x").replace("] x)", "] x, float[1] y)")
    onnx.save(parser.parse_model(two), tmp_path / "inner.onnx")
    with pytest.raises(StagewrightError, match=r"has 2 inputs \(x, y\)"):
        graph.segmentation(tmp_path / "inner.onnx", task, tmp_path / "model.onnx")


def test_a_model_of_another_size_is_refused(tmp_path: Path, task: Task) -> None:
    other = INNER.format(opset=18, given="x").replace("8, 12", "9, 9")
    onnx.save(parser.parse_model(other), tmp_path / "inner.onnx")
    with pytest.raises(StagewrightError, match="does not fit between"):
        graph.segmentation(tmp_path / "inner.onnx", task, tmp_path / "model.onnx")
