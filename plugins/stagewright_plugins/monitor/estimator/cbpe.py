"""Classification without labels: what calibrated probabilities lead one to expect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import Estimate, EstimatorInputs


@monitor.estimator
def cbpe(
    inputs: EstimatorInputs,
    /,
    *,
    metrics: Annotated[
        list[Literal["accuracy", "f1", "auroc"]] | None,
        Field(description="null: all that the number of classes allows"),
    ] = None,
    level: Annotated[float, Field(gt=0.5, lt=1, description="probability that the band should have")] = 0.95,
    least: Annotated[
        int, Field(ge=30, description="labelled reference rows below which nothing is said")
    ] = 100,
) -> Sequence[Estimate]:
    """Confidence-based performance estimation, as NannyML names it, with isotonic calibration per class.

    Blind to a change of what the labels mean (concept drift): watch the realised metric beside it. Needs the
    outputs `probability` and `label`, and the truth of reference rows.
    """
    from stagewright_plugins.monitoring.cbpe import estimated

    return estimated(inputs.reference, inputs.window, metrics, level, least, inputs.seed)
