"""Signatures in V2's words."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task
from stagewright_plugins.packaging import signature


def test_pictures_of_any_size_in_masks_of_the_tasks_size_out(task: Task) -> None:
    found = signature.segmentation("cells", task, "onnx")
    assert found["inputs"] == [{"name": "image", "datatype": "UINT8", "shape": [-1, 1, -1, -1]}]
    shapes = {item["name"]: (item["datatype"], item["shape"]) for item in found["outputs"]}
    assert shapes == {
        "mask": ("UINT8", [-1, 8, 12]),
        "probability": ("FP32", [-1, 2, 8, 12]),
        "confidence": ("FP32", [-1]),
    }


def test_a_table_has_an_input_per_column(task: Task) -> None:
    table = dataclasses.replace(task, type="classification")
    found = signature.tabular("delays", table, "onnx", {"distance": "FP32", "carrier": "BYTES"})
    assert [(item["name"], item["datatype"], item["shape"]) for item in found["inputs"]] == [
        ("distance", "FP32", [-1, 1]),
        ("carrier", "BYTES", [-1, 1]),
    ]
    assert found["outputs"][1]["shape"] == [-1, 2]


def test_it_reads_what_it_wrote(package: Path, task: Task) -> None:
    found = signature.read(package)
    assert found | {"version": ""} == signature.segmentation("cells", task, "rule")
    assert len(found["version"]) == 64


@pytest.mark.parametrize("text", ["{}", "nonsense", '{"name": "a"}'])
def test_what_is_no_signature_is_said(package: Path, text: str) -> None:
    (package / "signature.json").write_text(text)
    with pytest.raises(StagewrightError, match="is not a signature"):
        signature.read(package)
