"""scikit-learn's histogram trees as an ONNX tree ensemble.

skl2onnx does the same, but its current version (1.20) cannot write these trees with the protobuf that onnx needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier

from stagewright_plugins.tables.encoding import Encoding
from stagewright_plugins.tables.graph import probability_model, save

Attributes = dict[str, list[Any]]


def exported(booster: HistGradientBoostingClassifier, encoding: Encoding, classes: int, path: Path) -> None:
    """Write the trees behind the encoding of the columns: one input per column → `probability` (N, K)."""
    inputs, nodes = encoding.nodes()
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        ["matrix"],
        ["scores"],
        domain="ai.onnx.ml",
        n_targets=1 if classes == 2 else classes,
        base_values=booster._baseline_prediction.ravel().astype(float).tolist(),
        aggregate_function="SUM",
        post_transform="NONE",
        **_attributes(booster),
    )
    save(probability_model(inputs, [*nodes, ensemble, *_to_probability(classes)], classes), path)


def _to_probability(classes: int) -> list[Any]:
    """From the score of the second of two classes, or the scores of all."""
    if classes > 2:
        return [helper.make_node("Softmax", ["scores"], ["probability"], axis=1)]
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    return [
        helper.make_node("Sigmoid", ["scores"], ["second"]),
        helper.make_node("Constant", [], ["one"], value=one),
        helper.make_node("Sub", ["one", "second"], ["first"]),
        helper.make_node("Concat", ["first", "second"], ["probability"], axis=1),
    ]


def _attributes(booster: HistGradientBoostingClassifier) -> Attributes:
    """Every node of every tree, as the operator wants them: one list per property."""
    found: Attributes = {}
    tree = 0
    for stage in booster._predictors:
        for target, predictor in enumerate(stage):
            for name, values in _tree(predictor.nodes, tree, target).items():
                found.setdefault(name, []).extend(values)
            tree += 1
    return found


def _tree(nodes: NDArray[Any], tree: int, target: int) -> Attributes:
    leaf = nodes["is_leaf"].astype(bool)
    ids = list(range(len(nodes)))
    ends = [i for i in ids if leaf[i]]
    return {
        "nodes_treeids": [tree] * len(nodes),
        "nodes_nodeids": ids,
        "nodes_featureids": nodes["feature_idx"].astype(int).tolist(),
        "nodes_modes": ["LEAF" if end else "BRANCH_LEQ" for end in leaf],
        "nodes_values": _thresholds(nodes["num_threshold"], leaf),
        "nodes_truenodeids": np.where(leaf, 0, nodes["left"]).astype(int).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, nodes["right"]).astype(int).tolist(),
        "nodes_missing_value_tracks_true": np.where(leaf, 0, nodes["missing_go_to_left"])
        .astype(int)
        .tolist(),
        "target_treeids": [tree] * len(ends),
        "target_nodeids": ends,
        "target_ids": [target] * len(ends),
        "target_weights": nodes["value"][ends].astype(float).tolist(),
    }


def _thresholds(values: NDArray[np.float64], leaf: NDArray[np.bool_]) -> list[float]:
    """The largest float32 that is not above: a float32 is below that exactly when it is below the threshold."""
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
    down = np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    return np.where(leaf, np.float32(0), down).astype(float).tolist()
