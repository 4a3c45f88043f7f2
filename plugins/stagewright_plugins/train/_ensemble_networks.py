"""PyTorch networks as members: their answers, and all of them as one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from stagewright.stages.train import Inputs, Model
from stagewright_plugins.ensembling.answers import SPLIT, Answers, answers
from stagewright_plugins.ensembling.combination import Combination, Floats
from stagewright_plugins.exporting.network import network
from stagewright_plugins.scoring.batches import batches

WEIGHTS = "model.safetensors"


def asked(inputs: Inputs, models: Sequence[Model]) -> Answers:
    """What every network says to the validation split."""
    networks = [network(model, inputs.framing.task, inputs.context) for model in models]
    parts: list[list[Floats]] = [[] for _ in networks]
    targets, ids = [], []
    for batch in batches(inputs.data, SPLIT):
        ids += batch.ids
        targets.append(batch.targets)
        with torch.inference_mode():
            for part, one in zip(parts, networks, strict=True):
                part.append(one(torch.from_numpy(batch.inputs)).float().softmax(1).numpy())
    return answers(inputs.data, ids, parts, targets)


def written(
    inputs: Inputs, models: Sequence[Model], combination: Combination, _settings: Mapping[str, Any]
) -> dict[str, Any]:
    """All weights in one file, by the names that the model `ensemble` gives them; gives its spec, defaults included."""
    weights = {
        f"members.{i}.{name}": value
        for i, model in enumerate(models)
        for name, value in load_file(model.path / WEIGHTS).items()
    }
    save_file(weights, inputs.context.workdir / WEIGHTS)
    members = [dict(model.spec) for model in models]
    spec = {"type": "ensemble", "members": members, **combination.settings()}
    return inputs.context.resolve("train.model", spec).spec()
