"""Any per-request metric without labels: a model of the metric learns from requests whose truth came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import Estimate, EstimatorInputs


@monitor.estimator
def dle(
    inputs: EstimatorInputs,
    /,
    *,
    metrics: Annotated[
        list[str] | None, Field(description="metrics that labels bring; null: all of them")
    ] = None,
    level: Annotated[float, Field(gt=0.5, lt=1, description="probability that the band should have")] = 0.95,
    least: Annotated[
        int, Field(ge=30, description="labelled reference rows below which nothing is said")
    ] = 100,
) -> Sequence[Estimate]:
    """Direct loss estimation, as NannyML names it: gradient boosting of the metric on inputs and outputs.

    Blind to a change of what the labels mean (concept drift): watch the realised metric beside it.
    """
    from stagewright_plugins.monitoring.dle import estimated

    return estimated(inputs.reference, inputs.window, metrics, level, least, inputs.seed)
