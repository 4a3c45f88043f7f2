"""Compression that takes int8 as it comes, and says so."""

import json
from dataclasses import asdict

from stagewright.stages import compress
from stagewright.stages.compress import Compressed, Inputs


@compress.stage
def always_int8(inputs: Inputs, /) -> Compressed:
    """One step, no search, no limits."""
    step = inputs.context.resolve("compress.step", {"type": "onnx_int8"})
    model = step(inputs)  # yours: which variants are made, and which one is kept
    variants = json.dumps([asdict(model)], default=str)
    (inputs.context.workdir / "variants.json").write_text(variants)
    return Compressed(model.path, model.format, model.spec, model.validation, model.parameters)
