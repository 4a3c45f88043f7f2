"""A model's graph with what comes before and after it inside: raw pictures in, decisions out."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import compose, parser, version_converter

from stagewright.errors import StagewrightError
from stagewright.stages.framing import Task

ANTIALIAS_OPSET = 18  # the first in which Resize can average what it leaves out

# Resizing is done on bytes, as the data stage does it with PIL: there onnxruntime follows PIL's own fixed-point
# arithmetic. `exclude_outside` normalises weights at the picture's edge, which PIL does too.
BEFORE = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
before (uint8[N, {channels}, rows, columns] image) => (float[N, {channels}, {height}, {width}] {given})
<int64[2] size = {{{height}, {width}}}, float full = {{255.0}}>
{{
    resized = Resize <mode = "linear", antialias = 1, exclude_outside = 1, axes = [2, 3]> (image, , , size)
    real = Cast <to = 1> (resized)
    {given} = Div (real, full)
}}
"""
AFTER = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
after (float[N, {classes}, {height}, {width}] {found})
    => (uint8[N, {height}, {width}] mask, float[N, {classes}, {height}, {width}] probability, float[N] confidence)
<int64[1] classes = {{1}}, int64[2] pixels = {{1, 2}}>
{{
    probability = Softmax <axis = 1> ({found})
    likeliest = ArgMax <axis = 1, keepdims = 0> ({found})
    mask = Cast <to = 2> (likeliest)
    highest = ReduceMax <keepdims = 0> (probability, classes)
    confidence = ReduceMean <keepdims = 0> (highest, pixels)
}}
"""


def segmentation(model: Path, task: Task, path: Path) -> None:
    """Write the package's graph around `model` (`input` (N, C, H, W) in [0, 1] → `logits` (N, K, H, W)).

    Raises:
        StagewrightError: the model's graph has more than one input or output, or cannot be put between.
    """
    inner = _modern(onnx.load(model), model)
    given, found = _only(inner.graph.input, "input", model), _only(inner.graph.output, "output", model)
    opset = next(item.version for item in inner.opset_import if item.domain in ("", "ai.onnx"))
    channels, height, width = task.input.shape
    words = {
        "ir": inner.ir_version,
        "opset": opset,
        "channels": channels,
        "classes": len(task.classes),
        "height": height,
        "width": width,
        "given": "prepared",
        "found": "scores",
    }
    before, after = (parser.parse_model(text.format(**words)) for text in (BEFORE, AFTER))
    for part in (before, after):  # what only the model needs (int8 operators) is declared for all
        part.opset_import.extend(item for item in inner.opset_import if item.domain not in ("", "ai.onnx"))
    inner = compose.add_prefix(inner, "model/")
    front = compose.merge_models(before, inner, [("prepared", f"model/{given}")], name="package")
    whole = compose.merge_models(front, after, [(f"model/{found}", "scores")], name="package")
    whole.producer_name = "stagewright"
    _checked(whole, model)
    path.write_bytes(whole.SerializeToString(deterministic=True))


TABLE = """
<ir_version: {ir}, opset_import: ["" : {opset}]>
after (float[N, {classes}] scores) => (int64[N] label, float[N, {classes}] probability, float[N] confidence)
<int64[1] classes = {{1}}>
{{
    probability = Identity (scores)
    label = ArgMax <axis = 1, keepdims = 0> (scores)
    confidence = ReduceMax <keepdims = 0> (scores, classes)
}}
"""


def tabular(model: Path, task: Task, path: Path) -> None:
    """Write the package's graph around `model`: one input per column (N, 1) → `probability` (N, K).

    The inputs keep their names; what a model does to its columns (codes of categories, missing values, scaling) is in
    its own graph already.

    Raises:
        StagewrightError: the model's graph has more than one output, or decisions cannot be put behind it.
    """
    inner = _modern(onnx.load(model), model)
    found = _only(inner.graph.output, "output", model)
    opset = next(item.version for item in inner.opset_import if item.domain in ("", "ai.onnx"))
    after = parser.parse_model(TABLE.format(ir=inner.ir_version, opset=opset, classes=len(task.classes)))
    after.opset_import.extend(item for item in inner.opset_import if item.domain not in ("", "ai.onnx"))
    # A column may have any name, so nothing but inputs and outputs keeps its own.
    inner = compose.add_prefix(inner, "model/", rename_inputs=False)
    after = compose.add_prefix(after, "after/", rename_outputs=False)
    whole = compose.merge_models(inner, after, [(f"model/{found}", "after/scores")], name="package")
    whole.producer_name = "stagewright"
    _checked(whole, model)
    path.write_bytes(whole.SerializeToString(deterministic=True))


def _modern(model: onnx.ModelProto, path: Path) -> onnx.ModelProto:
    opset = next((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), 0)
    if opset >= ANTIALIAS_OPSET:
        return model
    try:
        return version_converter.convert_version(model, ANTIALIAS_OPSET)
    except Exception as error:  # the converter raises whatever its C++ side does
        raise StagewrightError(
            f"{path} has opset {opset} and cannot be converted to {ANTIALIAS_OPSET}: {error}"
        ) from error


def _only(values: list[onnx.ValueInfoProto], what: str, path: Path) -> str:
    if len(values) != 1:
        names = ", ".join(value.name for value in values)
        raise StagewrightError(f"{path} has {len(values)} {what}s ({names}); a package needs one")
    return str(values[0].name)


def _checked(model: onnx.ModelProto, path: Path) -> None:
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:
        said = " ".join(str(error).split())
        raise StagewrightError(f"{path} does not fit between pre- and post-processing: {said}") from error
