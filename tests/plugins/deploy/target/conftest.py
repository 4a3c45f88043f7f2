"""A package to place, and the schemas that manifests are held against."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import onnx
import pytest
from onnx import parser

from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import TargetInputs
from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.packaging import graph, manifest, signature

SCHEMAS = Path(__file__).resolve().parents[3] / "data" / "crds"
GRAPH = """
<ir_version: 10, opset_import: ["" : 18]>
inverse (float[N, 1, 8, 12] input) => (float[N, 2, 8, 12] logits)
{
    dark = Neg (input)
    logits = Concat <axis = 1> (dark, input)
}
"""


@pytest.fixture
def task() -> Task:
    return segmentation(Goal("p", "o", ()), classes=("dark", "bright"), size=(8, 12))


@pytest.fixture
def package(tmp_path: Path, task: Task) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    onnx.save(parser.parse_model(GRAPH), tmp_path / "inner.onnx")
    graph.segmentation(tmp_path / "inner.onnx", task, folder / "model.onnx")
    text = signature.dumped(signature.segmentation("Cell_Count", task, "onnx"))
    (folder / "signature.json").write_text(text)
    manifest.stamp(folder)
    return folder


@pytest.fixture
def placed(package: Path) -> Callable[..., Path]:
    """Write what a target wants, with settings as a recipe says them; gives the target's folder."""

    def place(name: str, **settings: Any) -> Path:
        folder = package / "targets" / name
        folder.mkdir(parents=True, exist_ok=True)
        version = manifest.version_of(package)
        target = Registry().component("deploy.target", {"type": name, **settings})
        names = target(TargetInputs(package, "Cell_Count", version, folder, context(package.parent / "work")))
        assert sorted(names) == sorted(path.name for path in folder.iterdir())
        return folder

    return place


@pytest.fixture
def valid() -> Callable[[str, Any], None]:
    """Hold an object against one of our closed schemas."""

    def check(name: str, content: Any) -> None:
        schema = json.loads((SCHEMAS / f"{name}.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(content)

    return check
