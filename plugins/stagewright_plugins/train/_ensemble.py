"""From a sweep's best trials to one model: answers, combination, honest validation values, weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from stagewright.candidates import candidates
from stagewright.errors import StepError
from stagewright.report.blocks import Facts, Table
from stagewright.stages.sweep import Finished
from stagewright.stages.train import Inputs, Model
from stagewright_plugins.ensembling.combination import Combination, Floats
from stagewright_plugins.ensembling.methods import FITTED, METHODS, Given
from stagewright_plugins.exporting.network import network
from stagewright_plugins.scoring.batches import batches, groups
from stagewright_plugins.scoring.sheet import Sheet

Member = tuple[Finished, Model]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Answers:
    """What every member says to the validation split.

    Attributes:
        given: (M, N, K, ...) float32 probabilities.
        targets: (N, ...) class indices.
        ids: samples, (N,).
        units: what must not be parted, as numbers, (N,): groups, else samples.
    """

    given: Floats
    targets: NDArray[np.int64]
    ids: list[str]
    units: Rows


def combined(inputs: Inputs, method: str, most: int, folds: int) -> Model:
    """See `train/ensemble.py`."""
    members = _members(inputs, most)
    answers = _answers(inputs, [model for _, model in members])
    everything = np.arange(len(answers.ids))
    fitted = _fitted(inputs, answers, method, everything)
    honest = _cross_fitted(inputs, answers, method, folds) if method in FITTED else fitted(answers.given)
    values = _sheet(inputs, answers, honest, everything, whole=True).values()
    kept = fitted.used
    spec = {"type": "ensemble", "members": [dict(members[i][1].spec) for i in kept], **fitted.settings(kept)}
    parameters = _write(inputs, [members[i][1] for i in kept])
    _tell(inputs, members, fitted, method, values)
    # As resolved, so that defaults are in it.
    built = inputs.context.resolve("train.model", spec)
    return Model(inputs.context.workdir, "torch", built.spec(), values, parameters)


def _members(inputs: Inputs, most: int) -> list[Member]:
    if inputs.sweep is None:
        raise StepError("an ensemble is made of a sweep's models: give the recipe a section `sweep`")
    found = [item for item in candidates(inputs.context.home, inputs.sweep) if item[1].format == "torch"][
        :most
    ]
    if len(found) < 2:
        raise StepError(f"an ensemble needs two PyTorch models, the sweep left {len(found)}")
    return found


def _answers(inputs: Inputs, models: Sequence[Model]) -> Answers:
    task, context = inputs.framing.task, inputs.context
    networks = [network(model, task, context) for model in models]
    parts: list[list[Floats]] = [[] for _ in networks]
    targets, ids = [], []
    for batch in batches(inputs.data, "validation"):
        ids += batch.ids
        targets.append(batch.targets)
        with torch.inference_mode():
            for part, one in zip(parts, networks, strict=True):
                part.append(one(torch.from_numpy(batch.inputs)).float().softmax(1).numpy())
    if len(ids) < 2:
        raise StepError("an ensemble is fitted to the validation split, which has fewer than two samples")
    known = groups(inputs.data, "validation")
    _, units = np.unique([known.get(name) or f"sample {name}" for name in ids], return_inverse=True)
    return Answers(np.stack([np.concatenate(part) for part in parts]), np.concatenate(targets), ids, units)


def _fitted(inputs: Inputs, answers: Answers, method: str, rows: Rows) -> Combination:
    """The method's combination of all members, learned from some samples."""
    sign = 1 if inputs.metrics.metrics[0].direction == "maximize" else -1
    head = inputs.metrics.metrics[0].keys[0]

    def score(found: Floats, chosen: Rows) -> float:
        return sign * _sheet(inputs, answers, found, chosen).values().get(head, -np.inf * sign)

    part = answers.given[:, rows]
    worth = tuple(score(one, rows) for one in part)
    task = inputs.framing.task
    given = Given(part, answers.targets[rows], rows, worth, score, task.ignore_index, inputs.context.seed)
    return METHODS[method](given)


def _cross_fitted(inputs: Inputs, answers: Answers, method: str, folds: int) -> Floats:
    """Answers to each sample by a combination that was fitted to the others, (N, K, ...)."""
    count = min(folds, int(answers.units.max()) + 1)
    if count < 2:
        raise StepError(
            "the validation split is a single group: use method average or weighted, or split otherwise"
        )
    random = np.random.default_rng([inputs.context.seed, count])
    fold = random.permutation(np.arange(answers.units.max() + 1) % count)[answers.units]
    found = np.empty_like(answers.given[0])
    for i in range(count):
        out = np.flatnonzero(fold == i)
        found[out] = _fitted(inputs, answers, method, np.flatnonzero(fold != i))(answers.given[:, out])
    return found


def _sheet(inputs: Inputs, answers: Answers, found: Floats, rows: Rows, whole: bool = False) -> Sheet:
    """Scores of answers to some samples: every metric, or only the leading one where that stands alone."""
    metrics = inputs.metrics
    if not whole and metrics.metrics[0].spec["type"] != "formula":
        metrics = replace(metrics, metrics=metrics.metrics[:1])
    sheet = Sheet(metrics, inputs.framing.task, inputs.context)
    sheet.update([answers.ids[i] for i in rows], found, answers.targets[rows])
    return sheet


def _write(inputs: Inputs, models: Sequence[Model]) -> int:
    """All members' weights in one file, by the names that the model `ensemble` gives them."""
    weights = {
        f"members.{i}.{name}": value
        for i, model in enumerate(models)
        for name, value in load_file(model.path / "model.safetensors").items()
    }
    save_file(weights, inputs.context.workdir / "model.safetensors")
    return sum(model.parameters for model in models)


def _tell(
    inputs: Inputs, members: Sequence[Member], fitted: Combination, method: str, values: dict[str, float]
) -> None:
    head = inputs.metrics.metrics[0].keys[0]
    rows: list[list[Any]] = [
        [trial.number, model.spec.get("type"), model.validation.get(head), share, model.parameters]
        for (trial, model), share in zip(members, _shares(fitted), strict=True)
    ]
    told = {
        "method": method,
        "members": [trial.number for trial, _ in members],
        "shares": list(_shares(fitted)),
        "validation": values,
    }
    (inputs.context.workdir / "history.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    inputs.context.emit(
        "ensemble", method=method, members=told["members"], shares=told["shares"], metrics=values
    )
    inputs.context.show(
        Facts("Ensemble", facts={"Method": method, "Members": len(fitted.used), head: values.get(head)}),
        Table(
            "Members",
            caption=f"Trials of the sweep, best first; {head} is each model's own, on the validation split.",
            columns=["trial", "model", head, "share", "parameters"],
            rows=rows,
        ),
    )


def _shares(fitted: Combination) -> tuple[float, ...]:
    """Each member's say; of a stacked model, its mean weight over the classes."""
    return tuple(sum(row) / len(row) for row in fitted.scale) if fitted.scale else fitted.weights
