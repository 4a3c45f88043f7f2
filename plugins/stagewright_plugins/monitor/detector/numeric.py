"""Quantities: has a column's distribution moved?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def numeric(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[
        list[str] | None, Field(description="null: every quantity that requests bring")
    ] = None,
    floor: Annotated[
        float, Field(ge=0, description="least shift that counts, in standard deviations of the reference")
    ] = 0.05,
) -> Sequence[Finding]:
    """Kolmogorov-Smirnov and rank-sum tests per column; the effect is Wasserstein's distance over the deviation.

    The test alone would alarm at any size once there are enough rows, the distance alone at random while there
    are few: drift needs both.
    """
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.shift import numeric_shift
    from stagewright_plugins.monitoring.threads import in_order

    reference, window = inputs.reference, inputs.window

    def one(name: str) -> Finding | None:
        before, now = named.floats(reference[name]), named.floats(window[name])
        if not len(before) or not len(now):
            return None
        shift = numeric_shift(before, now)
        return Finding("numeric", name, shift.statistic, shift.p_value, shift.effect, floor, False)

    names = named.shared(reference, window, named.inputs(reference), columns)
    quantities = [name for name in names if named.numeric(reference, name)]
    found = in_order(one, quantities, len(reference) + len(window))
    return corrected([finding for finding in found if finding], inputs.alpha)
