"""A compression step: weights that hardly matter become zero."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import compress
from stagewright.stages.compress import Inputs
from stagewright.stages.train import Model


@compress.step(takes=("torch",), gives="torch")
def small_to_zero(
    inputs: Inputs,
    /,
    *,
    share: Annotated[float, Field(ge=0, lt=1, description="of each weight's numbers")] = 0.3,
) -> Model:
    """Magnitude pruning (Han et al., 2015, arXiv:1506.02626), without retraining."""
    from dataclasses import replace

    from safetensors.torch import load_file, save_file

    weights = load_file(inputs.model.path / "model.safetensors")
    for name, value in weights.items():
        if value.is_floating_point() and value.ndim > 1:
            limit = value.abs().flatten().quantile(share)
            weights[name] = value * (value.abs() >= limit)  # yours
    save_file(weights, inputs.context.workdir / "model.safetensors")
    return replace(inputs.model, path=inputs.context.workdir)
