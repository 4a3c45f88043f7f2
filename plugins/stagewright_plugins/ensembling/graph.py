"""Members' ONNX graphs of one table as one graph: columns shared, probabilities combined inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from stagewright.errors import StagewrightError

from .combination import TINY, Combination

FOUND = "probability"  # what a table's model gives, (N, K)


def joined(members: Sequence[onnx.ModelProto], combination: Combination, classes: int) -> onnx.ModelProto:
    """What `combination` makes of the members' probabilities, as a graph of the same form as theirs.

    What a member does to its columns (codes of categories, missing values, scaling) stays its own: two may know
    other categories of one column. A column that only some members take is an input all the same.

    Args:
        members: one input per column (N, 1), output `probability` (N, K); in the order of the combination.
        combination: of exactly these members.
        classes: K.

    Raises:
        StagewrightError: a member's graph has another output, members disagree on the type of a column, or they
            are written in different operator sets.
    """
    parts = [_apart(member, i) for i, member in enumerate(members)]
    found = helper.make_tensor_value_info(FOUND, TensorProto.FLOAT, ["N", classes])
    nodes = [node for part in parts for node in part.graph.node]
    nodes += _stacked(combination) if combination.scale else _mean(combination.weights)
    graph = helper.make_graph(nodes, "ensemble", _inputs(parts), [found])
    for part in parts:
        graph.initializer.extend(part.graph.initializer)
        graph.sparse_initializer.extend(part.graph.sparse_initializer)
    return helper.make_model(
        graph,
        functions=[each for part in parts for each in part.functions],
        opset_imports=_opsets(parts),
        ir_version=max(part.ir_version for part in parts),
    )


def _apart(member: onnx.ModelProto, place: int) -> onnx.ModelProto:
    """The member with names of its own, but for its columns."""
    names = [value.name for value in member.graph.output]
    if names != [FOUND]:
        raise StagewrightError(
            f"member {place} gives {', '.join(names)}; a model of a table gives {FOUND!r} only"
        )
    return compose.add_prefix(member, _prefix(place), rename_inputs=False)


def _inputs(parts: Sequence[onnx.ModelProto]) -> list[onnx.ValueInfoProto]:
    """Every column that a member takes, once."""
    found: dict[str, onnx.ValueInfoProto] = {}
    for place, part in enumerate(parts):
        for value in part.graph.input:
            known = found.setdefault(value.name, value)
            if known.type.tensor_type.elem_type != value.type.tensor_type.elem_type:
                raise StagewrightError(
                    f"member {place} takes the column {value.name!r} as another type than those before it"
                )
    return list(found.values())


def _opsets(parts: Sequence[onnx.ModelProto]) -> list[onnx.OperatorSetIdProto]:
    found: dict[str, int] = {}
    for place, part in enumerate(parts):
        for item in part.opset_import:
            if found.setdefault(item.domain, item.version) != item.version:
                name = item.domain or "ai.onnx"
                raise StagewrightError(
                    f"member {place} is written in version {item.version} of the operators {name}, those before "
                    f"it in version {found[item.domain]}: export all of them with the same"
                )
    return [helper.make_opsetid(domain, version) for domain, version in found.items()]


def _mean(weights: Sequence[float]) -> Iterator[onnx.NodeProto]:
    """The weighted mean of probabilities."""
    for i, weight in enumerate(weights):
        yield _constant(f"combined/weight_{i}", np.float32(weight))
        yield helper.make_node(
            "Mul", [f"{_prefix(i)}{FOUND}", f"combined/weight_{i}"], [f"combined/part_{i}"]
        )
    yield helper.make_node("Sum", [f"combined/part_{i}" for i in range(len(weights))], [FOUND])


def _stacked(combination: Combination) -> Iterator[onnx.NodeProto]:
    """A logistic model over the logarithms of probabilities."""
    yield _constant("combined/tiny", np.float32(TINY))
    for i, scale in enumerate(combination.scale):
        yield _constant(f"combined/scale_{i}", np.array([scale], np.float32))
        yield helper.make_node("Max", [f"{_prefix(i)}{FOUND}", "combined/tiny"], [f"combined/known_{i}"])
        yield helper.make_node("Log", [f"combined/known_{i}"], [f"combined/log_{i}"])
        yield helper.make_node("Mul", [f"combined/log_{i}", f"combined/scale_{i}"], [f"combined/part_{i}"])
    yield _constant("combined/bias", np.array([combination.bias], np.float32))
    parts = [f"combined/part_{i}" for i in range(len(combination.scale))]
    yield helper.make_node("Sum", [*parts, "combined/bias"], ["combined/logits"])
    yield helper.make_node("Softmax", ["combined/logits"], [FOUND], axis=1)


def _prefix(place: int) -> str:
    return f"member_{place}/"


def _constant(name: str, values: Any) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(values)))
