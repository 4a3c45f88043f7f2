"""Boosting in steps, judged on validation between them; the trees kept become an ONNX graph."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from stagewright.errors import StepError
from stagewright.stages.train import Inputs, Model
from stagewright_plugins.scoring.values import build
from stagewright_plugins.tables.encoding import Encoding, by_share
from stagewright_plugins.tables.predicting import MODEL
from stagewright_plugins.tables.reading import Rows, columns, read

from ._history import History
from ._trees import exported

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """The settings of the stage."""

    iterations: int
    learning_rate: float
    leaves: int
    minimum_leaf: int
    l2: float
    minimum_category: int
    patience: int
    every: int
    threads: int


def boosted(inputs: Inputs, plan: Plan) -> Model:
    """Train one model; see `train/gradient_boosting.py`."""
    context, task = inputs.context, inputs.framing.task
    train, validation = read(inputs.data, "train"), read(inputs.data, "validation")
    if lacking := [name for i, name in enumerate(task.classes) if i not in train.targets]:
        said = f"the train split has no row of {', '.join(map(repr, lacking))}"
        raise StepError(
            f"{said}; learn from more rows, or leave out of framing.task.classes what there is not"
        )
    encoding = by_share(columns(inputs.data), train, plan.minimum_category)
    history = History(inputs.metrics, build(inputs.metrics, task, context), context.emit, plan.patience)
    # Threads of a busy machine wait for one another at every split: one is often faster than two.
    with threadpool_limits(limits=plan.threads):
        fitted = _fitted(plan, context.seed, encoding, train, validation, history)
        trees = (history.best + 1) * plan.every
        fitted = _cut(fitted, trees)
    leaves = sum(int(tree.get_n_leaf_nodes()) for stage in fitted._predictors for tree in stage)
    exported(fitted, encoding, len(task.classes), context.workdir / MODEL)
    history.write(context.workdir)
    about = {"Model": "gradient_boosting", "Trees": fitted.n_iter_, "Leaves": leaves, "Rows": len(train.ids)}
    context.show(*history.blocks(about, f"{plan.every} trees"))
    spec = {"type": "gradient_boosting", **asdict(plan), "trees": fitted.n_iter_}
    return Model(context.workdir, "onnx", spec, history.values, leaves)


def _fitted(
    plan: Plan, seed: int, encoding: Encoding, train: Rows, validation: Rows, history: History
) -> HistGradientBoostingClassifier:
    """Trees are added until validation stops getting better, or there are enough."""
    booster = HistGradientBoostingClassifier(
        learning_rate=plan.learning_rate,
        max_iter=plan.every,
        max_leaf_nodes=plan.leaves,
        min_samples_leaf=plan.minimum_leaf,
        l2_regularization=plan.l2,
        early_stopping=False,
        warm_start=True,
        random_state=seed,
    )
    given, held = encoding.matrix(train.inputs), encoding.matrix(validation.inputs)
    # scikit-learn has no bins for a column without any value; of a constant one no tree takes notice.
    given[:, np.isnan(given).all(axis=0)] = 0
    while booster.max_iter <= plan.iterations and not history.stopped:
        began = time.monotonic()
        booster.fit(given, train.targets)
        losses = {
            "train_loss": _loss(booster, given, train.targets),
            "val_loss": _loss(booster, held, validation.targets),
        }
        history.add(losses, booster.predict_proba(held), validation.targets, time.monotonic() - began)
        booster.set_params(max_iter=booster.max_iter + plan.every)
    return booster


def _loss(booster: HistGradientBoostingClassifier, matrix: Matrix, targets: Any) -> float:
    return float(log_loss(targets, booster.predict_proba(matrix), labels=booster.classes_))


def _cut(booster: HistGradientBoostingClassifier, trees: int) -> HistGradientBoostingClassifier:
    """Only the first trees, those that validation liked best."""
    booster._predictors = booster._predictors[:trees]
    return booster
