"""Categories as numbers, learned from the train split, and the same inside an ONNX graph.

A category becomes its place in the order of how often the looked-for class comes true in it. For trees and two classes
nothing is lost by that: the best split of a category is one of this order (Fisher, 1958; Breiman et al., 1984, 4.2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from stagewright.stages.data import Column

from .reading import Rows, Values

PRIOR = (
    20.0  # rows of the overall share that every category is given, so that rare ones do not lie at the ends
)


@dataclass(frozen=True)
class Encoding:
    """How columns become one matrix.

    Attributes:
        columns: the features, in order.
        codes: per category column, its categories and their numbers; others become NaN, as missing ones do.
    """

    columns: Mapping[str, Column]
    codes: Mapping[str, Mapping[str, float]]

    def matrix(self, inputs: Values) -> NDArray[np.float32]:
        """(N, F) float32."""
        return np.stack([self._numbers(name, inputs[name]) for name in self.columns], axis=1)

    def _numbers(self, name: str, values: NDArray[Any]) -> NDArray[np.float32]:
        if name not in self.codes:
            return values.astype(np.float32)
        codes = self.codes[name]
        return np.array([codes.get(value, np.nan) for value in values], dtype=np.float32)

    def nodes(self) -> tuple[list[Any], list[Any]]:
        """(inputs, nodes) of a graph that gives `matrix` (N, F) from one input (N, 1) per column."""
        inputs, nodes, parts = [], [], []
        for i, (name, column) in enumerate(self.columns.items()):
            text = column.kind == "category"
            kind = TensorProto.STRING if text else TensorProto.FLOAT
            inputs.append(helper.make_tensor_value_info(name, kind, ["N", 1]))
            parts.append(f"code_{i}" if text else name)
            if text:
                codes = self.codes[name]
                nodes.append(
                    helper.make_node(
                        "LabelEncoder",
                        [name],
                        [parts[-1]],
                        domain="ai.onnx.ml",
                        keys_strings=list(codes),
                        values_floats=list(codes.values()),
                        default_float=float("nan"),
                    )
                )
        return inputs, [*nodes, helper.make_node("Concat", parts, ["matrix"], axis=1)]


def by_share(columns: Mapping[str, Column], rows: Rows, minimum: int) -> Encoding:
    """Learn the codes; categories with fewer than `minimum` rows count as unknown ones do.

    The looked-for class is the second one of two. With more classes the order is by the mean class index, which is only
    an order.
    """
    overall = float(rows.targets.mean())
    codes = {}
    for name, column in columns.items():
        if column.kind != "category":
            continue
        values, inverse, counts = np.unique(
            rows.inputs[name].astype(str), return_inverse=True, return_counts=True
        )
        sums = np.bincount(inverse, rows.targets)
        shares = (sums + PRIOR * overall) / (counts + PRIOR)
        kept = [i for i in np.argsort(shares, kind="stable") if counts[i] >= minimum and values[i]]
        # An encoder without any key is no graph: a name that no request has stands for it.
        codes[name] = {str(values[i]): float(place) for place, i in enumerate(kept)} or {"\0": 0.0}
    return Encoding(dict(columns), codes)
