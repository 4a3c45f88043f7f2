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
    """Kolmogorov-Smirnov test per column; the effect is Wasserstein's distance over the reference's deviation.

    The test alone would alarm at any size once there are enough rows, the distance alone at random while there
    are few: drift needs both.
    """
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.shift import numeric_shift

    reference, window, found = inputs.reference, inputs.window, []
    for name in named.shared(reference, window, named.inputs(reference), columns):
        if not named.numeric(reference, name):
            continue
        before, now = named.floats(reference[name]), named.floats(window[name])
        if len(before) and len(now):
            one = numeric_shift(before, now)
            found.append(Finding("numeric", name, one.statistic, one.p_value, one.effect, floor, False))
    return corrected(found, inputs.alpha)
