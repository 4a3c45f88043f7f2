"""Kinds: have their shares changed, are there new ones?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def categorical(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[list[str] | None, Field(description="null: every kind that requests bring")] = None,
    floor: Annotated[
        float, Field(ge=0, le=1, description="least Jensen-Shannon distance that counts, 0 to 1")
    ] = 0.05,
    new: Annotated[
        float, Field(ge=0, le=1, description="share of requests of kinds never seen from which it is drift")
    ] = 0.01,
) -> Sequence[Finding]:
    """Chi-square test per column with the Jensen-Shannon distance as effect; kinds never seen by a rule."""
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.shift import kind_shift, new_kinds

    reference, window, found = inputs.reference, inputs.window, []
    for name in named.shared(reference, window, named.inputs(reference), columns):
        if named.numeric(reference, name) or not len(reference) or not len(window):
            continue
        one = kind_shift(reference[name], window[name])
        found.append(Finding("categorical", name, one.statistic, one.p_value, one.effect, floor, False))
        kinds, share = new_kinds(reference[name], window[name])
        if kinds:
            found.append(Finding("new_kinds", name, float(len(kinds)), None, share, new, False))
    return corrected(found, inputs.alpha)
