"""Data quality: gaps, and values outside the range ever seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def rules(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[list[str] | None, Field(description="null: everything that requests bring")] = None,
    missing: Annotated[
        float, Field(gt=0, le=1, description="least change of the share of missing values that counts")
    ] = 0.01,
    outside: Annotated[
        float,
        Field(gt=0, le=1, description="least share of values outside the reference's range that counts"),
    ] = 0.01,
) -> Sequence[Finding]:
    """Share of missing values (Fisher's exact or chi-square test) and of values out of range (exact test)."""
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.shift import gaps_shift, range_shift

    reference, window, found = inputs.reference, inputs.window, []
    if not len(reference) or not len(window):
        return []
    for name in named.shared(reference, window, named.inputs(reference), columns):
        if reference[name].isna().any() or window[name].isna().any():
            # Without a gap on either side there is nothing to test, and no share of alpha to spend (Tarone, 1990).
            one = gaps_shift(reference[name], window[name])
            found.append(Finding("missing", name, one.statistic, one.p_value, one.effect, missing, False))
        if named.numeric(reference, name):
            before, now = named.floats(reference[name]), named.floats(window[name])
            if len(before) and len(now):
                one = range_shift(before, now)
                found.append(Finding("range", name, one.statistic, one.p_value, one.effect, outside, False))
    return corrected(found, inputs.alpha)
