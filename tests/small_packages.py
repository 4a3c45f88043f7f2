"""Small packages made on the fly: an ONNX graph, its signature, its manifest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from stagewright_plugins.packaging import manifest

CODES = {
    "BOOL": TensorProto.BOOL, "UINT8": TensorProto.UINT8, "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32, "UINT64": TensorProto.UINT64, "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16, "INT32": TensorProto.INT32, "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16, "FP32": TensorProto.FLOAT, "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}  # fmt: skip


def scaled(folder: Path, factor: int, name: str = "scaled", platform: str = "onnx") -> Path:
    """`x` FP32 (N, 4) → `y` = factor · x, `version` INT64 (N,) = factor."""
    weights = [numpy_helper.from_array(np.float32(factor), "factor")]
    weights += [
        numpy_helper.from_array(np.int64([1]), "axis"),
        numpy_helper.from_array(np.float32(0), "zero"),
    ]
    nodes = [
        helper.make_node("Mul", ["x", "factor"], ["y"]),
        helper.make_node("ReduceSum", ["x", "axis"], ["rows"], keepdims=0),
        helper.make_node("Mul", ["rows", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "factor"], ["filled"]),
        helper.make_node("Cast", ["filled"], ["version"], to=TensorProto.INT64),
    ]
    inputs = [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    outputs = [
        {"name": "y", "datatype": "FP32", "shape": [-1, 4]},
        {"name": "version", "datatype": "INT64", "shape": [-1]},
    ]
    return package(folder, name, nodes, weights, inputs, outputs, platform)


def identity(folder: Path, datatype: str) -> Path:
    """`x` (N, 2) of a datatype → `y`, the same."""
    tensor = {"datatype": datatype, "shape": [-1, 2]}
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    return package(folder, "same", nodes, [], [{"name": "x", **tensor}], [{"name": "y", **tensor}])


def table(folder: Path, limit: float = 2, classes: tuple[str, ...] = ()) -> Path:
    """`hours` FP32 (N, 1), `place` BYTES (N, 1) → `label` INT64 (N,): 1 where hours > 2; `confidence` FP32 (N,)."""
    weights = [
        numpy_helper.from_array(np.float32(limit), "limit"),
        numpy_helper.from_array(np.int64([-1]), "flat"),
        numpy_helper.from_array(np.float32(0), "zero"),
        numpy_helper.from_array(np.array(["home"], dtype=object), "home"),
    ]
    nodes = [
        helper.make_node("Reshape", ["hours", "flat"], ["h"]),
        helper.make_node("Greater", ["h", "limit"], ["more"]),
        helper.make_node("Cast", ["more"], ["label"], to=TensorProto.INT64),
        helper.make_node("Equal", ["place", "home"], ["at_home"]),
        helper.make_node("Cast", ["at_home"], ["there"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["there", "flat"], ["confidence"]),
    ]
    inputs = [
        {"name": "hours", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "place", "datatype": "BYTES", "shape": [-1, 1]},
    ]
    outputs = [
        {"name": "label", "datatype": "INT64", "shape": [-1]},
        {"name": "confidence", "datatype": "FP32", "shape": [-1]},
    ]
    return package(folder, "table", nodes, weights, inputs, outputs, classes=classes)


def package(
    folder: Path,
    name: str,
    nodes: list,
    weights: list,
    inputs: list,
    outputs: list,
    platform: str = "onnx",
    classes: tuple[str, ...] = (),
) -> Path:
    """A package around a graph."""
    folder.mkdir(parents=True)
    ends = [[_value(tensor) for tensor in tensors] for tensors in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, *ends, initializer=weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")
    signature = {
        "name": name, "version": "", "platform": platform, "inputs": inputs, "outputs": outputs,
        "task": {"type": "test"}, "classes": list(classes),
    }  # fmt: skip
    (folder / "signature.json").write_text(json.dumps(signature))
    manifest.stamp(folder)
    manifest.write(folder)
    return folder


def _value(tensor: dict) -> onnx.ValueInfoProto:
    shape = [None if size < 0 else size for size in tensor["shape"]]
    return helper.make_tensor_value_info(tensor["name"], CODES[tensor["datatype"]], shape)
