"""Why a request was answered so: hide parts of it and see what the answer loses."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import Explained, ExplainInputs


@monitor.explainer
def occlusion(
    inputs: ExplainInputs,
    /,
    *,
    patches: Annotated[int, Field(ge=2, le=32, description="patches along a picture's shorter side")] = 8,
) -> Explained:
    """Captum's occlusion (pictures) and feature ablation (columns) on the package itself, whatever runs it.

    The explained number is the probability of the answer given; of a mask, its mean over pixels. A picture's
    hidden patch gets the picture's mean; a hidden column its usual value (median, or commonest kind).
    """
    from stagewright_plugins.monitoring.occluding import of_columns, of_picture

    pictures = [tensor["name"] for tensor in inputs.signature["inputs"] if len(tensor["shape"]) == 4]
    return of_picture(inputs, pictures[0], patches) if pictures else of_columns(inputs)
