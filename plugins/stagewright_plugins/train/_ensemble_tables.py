"""Models of a table as members: their answers, and all of them as one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from stagewright.stages.train import Inputs, Model
from stagewright_plugins.ensembling.answers import SPLIT, Answers, answers
from stagewright_plugins.ensembling.combination import Combination
from stagewright_plugins.ensembling.graph import joined
from stagewright_plugins.tables.graph import save
from stagewright_plugins.tables.predicting import MODEL, predictor
from stagewright_plugins.tables.reading import read


def asked(inputs: Inputs, models: Sequence[Model]) -> Answers:
    """What every model says to the validation split."""
    rows = read(inputs.data, SPLIT)
    given = [[predictor(model.path)(rows.inputs)] for model in models]
    return answers(inputs.data, rows.ids, given, [rows.targets])


def written(
    inputs: Inputs, models: Sequence[Model], combination: Combination, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """One graph with all members inside; gives what it was told and is made of, as other models of tables do."""
    members = [onnx.load(model.path / MODEL) for model in models]
    save(joined(members, combination, len(inputs.framing.task.classes)), inputs.context.workdir / MODEL)
    made_of = [dict(model.spec) for model in models]
    return {"type": "ensemble", **settings, "members": made_of, **combination.settings()}
