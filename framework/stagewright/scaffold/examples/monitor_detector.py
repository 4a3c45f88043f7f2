"""A detector that compares means."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def moved_mean(
    inputs: DetectorInputs,
    /,
    *,
    floor: Annotated[float, Field(ge=0, description="least shift, deviations")] = 0.2,
) -> Sequence[Finding]:
    """Welch's t-test per number, Bonferroni over all of them; drift is both significant and large."""
    from scipy.stats import ttest_ind

    before, now = inputs.reference.select_dtypes("number"), inputs.window
    found = []
    for name in before.columns:
        shift = abs(now[name].mean() - before[name].mean()) / (before[name].std() or 1.0)
        test = ttest_ind(now[name], before[name], equal_var=False, nan_policy="omit")  # yours: the test
        drifted = bool(test.pvalue < inputs.alpha / len(before.columns) and shift >= floor)
        found.append(
            Finding(
                "moved_mean", name, float(test.statistic), float(test.pvalue), float(shift), floor, drifted
            )
        )
    return found
