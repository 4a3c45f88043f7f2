"""What requests and answers look like on validation data: a sketch for monitoring to compare with."""

from __future__ import annotations

from typing import Any

from stagewright.stages.deploy import Engine, Inputs
from stagewright_plugins.packaging import columns, sketch

from ._modality import Modality

SPLIT = "validation"


def reference(
    inputs: Inputs, modality: Modality, engine: Engine, signature: dict[str, Any]
) -> dict[str, Any]:
    """The sketch of `reference.json` (packaging/sketch.py): inputs and outputs of the whole validation split."""
    found = []
    for requests in modality.requests(SPLIT):
        outputs = engine(requests.raw)
        found.append(columns.of_inputs(signature, requests.raw) | columns.of_outputs(signature, outputs))
    return sketch.sketched(columns.joined(found), inputs.context.seed)
