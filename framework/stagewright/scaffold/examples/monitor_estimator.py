"""An estimator: accuracy of a window from how sure the model is."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import Estimate, EstimatorInputs


@monitor.estimator
def mean_confidence(
    inputs: EstimatorInputs,
    /,
    *,
    width: Annotated[float, Field(gt=0, description="of the band, deviations")] = 2.0,
) -> Sequence[Estimate]:
    """The mean of the highest probability, as good as the model is calibrated."""
    sure = inputs.window.filter(like="output.probability").max(axis=1)
    if sure.empty:
        return []
    value, error = float(sure.mean()), width * float(sure.std(ddof=0)) / len(sure) ** 0.5  # yours
    return [Estimate("accuracy", value, value - error, value + error)]
