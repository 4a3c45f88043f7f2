"""ONNX → ORT format, checked by running both."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from stagewright.errors import StagewrightError
from stagewright_plugins.packaging import signature
from stagewright_plugins.packaging.zeros import zeros

ORT, OPERATORS, SIZE = "model.ort", "required_operators.config", "size.json"


def converted(package: Path, folder: Path) -> Sequence[str]:
    """Write the three files into `folder`; gives their names."""
    model = package / "model.onnx"
    if not model.is_file():
        raise StagewrightError("deploy.targets: edge needs a package with model.onnx")
    platform = signature.read(package)["platform"]
    if platform != "onnx":
        raise StagewrightError(
            f"deploy.targets: edge takes a package that is one graph (platform 'onnx'), this one is {platform!r}"
        )
    _convert(model, folder / ORT)
    (folder / OPERATORS).write_text(_operators(folder / ORT, model), encoding="utf-8")
    report = {
        "onnx_bytes": model.stat().st_size,
        "ort_bytes": (folder / ORT).stat().st_size,
        "onnx_gzip_bytes": len(gzip.compress(model.read_bytes(), mtime=0)),
        "ort_gzip_bytes": len(gzip.compress((folder / ORT).read_bytes(), mtime=0)),
        "largest_difference": _difference(model, folder / ORT, package),
        "onnxruntime": ort.__version__,
    }
    (folder / SIZE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return (ORT, OPERATORS, SIZE)


def _convert(model: Path, path: Path) -> None:
    options = _quiet()
    # Beyond EXTENDED, layouts are made for the CPU at hand.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    try:
        ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no type
        said = " ".join(str(error).split())
        raise StagewrightError(f"{model} cannot be written in ORT format: {said}") from error


def _operators(_path: Path, model: Path) -> str:
    """`domain;opset;operators`, one line per domain: what onnxruntime's reduced builds take as their configuration."""
    graph = onnx.load(model, load_external_data=False)
    opsets = {item.domain or "ai.onnx": item.version for item in graph.opset_import}
    used: dict[str, set[str]] = {}
    for node in _nodes(graph.graph):
        used.setdefault(node.domain or "ai.onnx", set()).add(node.op_type)
    lines = [f"{domain};{opsets[domain]};{','.join(sorted(names))}" for domain, names in sorted(used.items())]
    return "\n".join(["# operators of model.onnx, for a reduced build of onnxruntime", *lines]) + "\n"


def _nodes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    inner = [
        node
        for own in graph.node
        for attribute in own.attribute
        if attribute.HasField("g")
        for node in _nodes(attribute.g)
    ]
    return [*graph.node, *inner]


def _difference(model: Path, converted: Path, package: Path) -> float:
    given = _given(package)
    one, other = (_run(path, given) for path in (model, converted))
    pairs = zip(one, other, strict=True)
    return max(float(np.abs(a.astype(np.float64) - b.astype(np.float64)).max()) for a, b in pairs)


def _run(path: Path, given: dict[str, np.ndarray]) -> list[np.ndarray]:
    session = ort.InferenceSession(str(path), _quiet(), providers=["CPUExecutionProvider"])
    found: list[np.ndarray] = session.run(None, given)
    return found


def _given(package: Path) -> dict[str, np.ndarray]:
    """The first sample request; zeros where the package holds none."""
    signed = signature.read(package)
    sample = package / "samples" / "0.json"
    if not sample.is_file():
        return zeros(signed)
    tensors: list[dict[str, Any]] = json.loads(sample.read_text(encoding="utf-8"))["request"]["inputs"]
    like = zeros(signed)
    return {
        item["name"]: np.array(item["data"], dtype=like[item["name"]].dtype).reshape(item["shape"])
        for item in tensors
    }


def _quiet() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3  # errors
    return options
