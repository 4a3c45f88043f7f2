"""The graph in ORT format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry

Placed = Callable[..., Path]


def test_it_runs_and_says_the_same(placed: Placed, package: Path) -> None:
    folder = placed("edge")
    image = np.random.default_rng(0).integers(0, 256, (2, 1, 20, 30), dtype=np.uint8)
    one, other = (
        ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
            ["probability"], {"image": image}
        )[0]
        for path in (package / "model.onnx", folder / "model.ort")
    )
    assert np.abs(one - other).max() < 1e-6


def test_the_report_holds_the_files_own_sizes(placed: Placed, package: Path) -> None:
    folder = placed("edge")
    report = json.loads((folder / "size.json").read_text())
    assert report["ort_bytes"] == (folder / "model.ort").stat().st_size
    assert report["onnx_bytes"] == (package / "model.onnx").stat().st_size
    assert report["largest_difference"] < 1e-6


def test_a_reduced_build_is_told_every_operator(placed: Placed) -> None:
    (line,) = (placed("edge") / "required_operators.config").read_text().splitlines()[1:]
    domain, opset, operators = line.split(";")
    assert (domain, opset) == ("ai.onnx", "18")
    assert {"Resize", "Neg", "Concat", "Softmax", "ArgMax"} <= set(operators.split(","))


def test_a_rule_has_no_graph(placed: Placed, package: Path) -> None:
    (package / "model.onnx").unlink()
    with pytest.raises(StagewrightError, match=r"edge needs a package with model\.onnx"):
        placed("edge")


def test_a_package_of_several_graphs_is_refused(placed: Placed, package: Path) -> None:
    told = json.loads((package / "signature.json").read_text())
    (package / "signature.json").write_text(json.dumps({**told, "platform": "translator"}))
    with pytest.raises(StagewrightError, match=r"one graph \(platform 'onnx'\), this one is 'translator'"):
        placed("edge")


def test_check_knows_which_tasks_it_takes() -> None:
    assert Registry().component("deploy.target", {"type": "edge"}).facts.fits == (
        "segmentation",
        "classification",
    )
