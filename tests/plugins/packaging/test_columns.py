"""Requests and answers as columns."""

from __future__ import annotations

import numpy as np

from stagewright.stages.framing import Task
from stagewright_plugins.data.quality.brightness import brightness
from stagewright_plugins.data.quality.contrast import contrast
from stagewright_plugins.data.quality.noise import noise
from stagewright_plugins.data.quality.sharpness import sharpness
from stagewright_plugins.imaging.view import ImageView
from stagewright_plugins.packaging import columns, signature
from stagewright_plugins.packaging.pictures import resized


def test_descriptors_are_the_data_stages_at_the_tasks_size(task: Task) -> None:
    image = np.random.default_rng(0).integers(0, 256, (2, 1, 32, 40), dtype=np.uint8)
    found = columns.of_inputs(signature.segmentation("cells", task, "onnx"), {"image": image})
    view = ImageView(resized(image[1], (8, 12)), None, ())
    for metric in (brightness, contrast, noise, sharpness):
        assert found[f"image.{metric.__name__}"][1] == metric(view)
    assert found["image.height"].tolist() == [32, 32]
    assert found["image.width"].tolist() == [40, 40]


def test_answers_of_pictures(task: Task) -> None:
    mask = np.zeros((1, 8, 12), np.uint8)
    mask[0, :2] = 1
    outputs = {"mask": mask, "confidence": np.array([0.5]), "probability": np.zeros((1, 2, 8, 12))}
    found = columns.of_outputs(signature.segmentation("cells", task, "onnx"), outputs)
    assert {name: values.tolist() for name, values in found.items()} == {
        "mask.dark": [0.75],
        "mask.bright": [0.25],
        "confidence": [0.5],
    }


def test_columns_of_a_table(task: Task) -> None:
    table = signature.tabular("delays", task, "onnx", {"distance": "FP32", "carrier": "BYTES"})
    raw = {"distance": np.array([[1.0], [2.0]]), "carrier": np.array([["x"], ["y"]], object)}
    found = columns.of_inputs(table, raw)
    assert {name: values.tolist() for name, values in found.items()} == {
        "distance": [1.0, 2.0],
        "carrier": ["x", "y"],
    }
    answers = columns.of_outputs(
        table, {"label": np.array([1, 0]), "probability": np.array([[0.2, 0.8], [0.9, 0.1]])}
    )
    assert answers["probability.bright"].tolist() == [0.8, 0.1]
    assert answers["label"].tolist() == [1, 0]


def test_batches_join() -> None:
    found = columns.joined([{"x": np.array([1])}, {"x": np.array([2, 3])}])
    assert found["x"].tolist() == [1, 2, 3]
    assert columns.joined([]) == {}
