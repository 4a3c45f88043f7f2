"""From a sweep's best trials to one model: members, their combination, honest validation values, the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagewright.errors import StepError
from stagewright.report.blocks import Facts, Table
from stagewright.stages.data import Dataset
from stagewright.stages.train import Inputs, Model
from stagewright.study.candidates import Candidate, candidates
from stagewright_plugins.ensembling.answers import Answers
from stagewright_plugins.ensembling.combination import Combination
from stagewright_plugins.ensembling.fitting import Fitting
from stagewright_plugins.tables.reading import columns

from . import _ensemble_networks as networks
from . import _ensemble_tables as tables

TABLE = "tabular"  # the modality whose models are graphs


@dataclass(frozen=True)
class Kind:
    """Models that can be combined with one another.

    Attributes:
        name: of such a model, in messages.
        format: of the members, and of what is made of them.
        asked: members → their answers to the validation split.
        written: members, their combination, the stage's settings → spec of the model that is left in the step's
            folder.
    """

    name: str
    format: str
    asked: Callable[[Inputs, Sequence[Model]], Answers]
    written: Callable[[Inputs, Sequence[Model], Combination, Mapping[str, Any]], dict[str, Any]]


NETWORKS = Kind("PyTorch models", "torch", networks.asked, networks.written)
TABLES = Kind("ONNX models of tables", "onnx", tables.asked, tables.written)


def combined(inputs: Inputs, method: str, most: int, folds: int) -> Model:
    """See `train/ensemble.py`."""
    kind = TABLES if inputs.data.modality == TABLE else NETWORKS
    members = _members(inputs, kind, most)
    answers = kind.asked(inputs, [member.model for member in members])
    fitting = Fitting(answers, method, inputs.metrics, inputs.framing.task, inputs.context)
    whole = fitting.whole
    values = fitting.values(whole, folds)
    kept = [members[i].model for i in whole.used]
    settings = {"method": method, "candidates": most, "folds": folds}
    spec = kind.written(inputs, kept, whole.of(whole.used), settings)
    _tell(inputs, members, whole, method, values)
    parameters = sum(model.parameters for model in kept)
    return Model(inputs.context.workdir, kind.format, spec, values, parameters)


def _members(inputs: Inputs, kind: Kind, most: int) -> list[Candidate]:
    if inputs.sweep is None:
        raise StepError("an ensemble is made of a sweep's models: give the recipe a section `sweep`")
    found = [
        item for item in candidates(inputs.context.home, inputs.sweep) if item.model.format == kind.format
    ][:most]
    if len(found) < 2:
        raise StepError(f"an ensemble needs two {kind.name}, the sweep left {len(found)}")
    for item in found:
        if item.data.version != inputs.data.version:
            raise StepError(
                f"trial {item.trial.number} was trained on other {_differing(item.data, inputs.data)} than the best "
                "one: members of an ensemble share their data, so sweep settings of `train` only"
            )
    return found


def _differing(one: Dataset, other: Dataset) -> str:
    """In what two datasets differ, as far as it has a name."""
    if not (one.modality == other.modality == TABLE):
        return "data"
    mine, theirs = columns(one), columns(other)
    less, more = [[name for name in a if name not in b] for a, b in ((theirs, mine), (mine, theirs))]
    said = [f"{word} {', '.join(names)}" for word, names in (("without", less), ("with", more)) if names]
    return f"columns ({'; '.join(said)})" if said else "rows"


def _tell(
    inputs: Inputs, members: Sequence[Candidate], whole: Combination, method: str, values: dict[str, float]
) -> None:
    head = inputs.metrics.metrics[0].keys[0]
    rows: list[list[Any]] = [
        [
            member.trial.number,
            member.model.spec.get("type"),
            member.model.validation.get(head),
            share,
            member.model.parameters,
        ]
        for member, share in zip(members, whole.shares, strict=True)
    ]
    told = {
        "method": method,
        "members": [member.trial.number for member in members],
        "shares": list(whole.shares),
        "validation": values,
    }
    (inputs.context.workdir / "history.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    inputs.context.emit(
        "ensemble", method=method, members=told["members"], shares=told["shares"], metrics=values
    )
    inputs.context.show(
        Facts("Ensemble", facts={"Method": method, "Members": len(whole.used), head: values.get(head)}),
        Table(
            "Members",
            caption=f"Trials of the sweep, best first; {head} is each model's own, on the validation split.",
            columns=["trial", "model", head, "share", "parameters"],
            rows=rows,
        ),
    )
