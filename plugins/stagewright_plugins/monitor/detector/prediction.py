"""The model's answers: have their classes' shares or its confidence moved?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stagewright.stages import monitor
from stagewright.stages.monitor import DetectorInputs, Finding


@monitor.detector
def prediction(
    inputs: DetectorInputs,
    /,
    *,
    columns: Annotated[
        list[str] | None, Field(description="without `output.`; null: everything the model answered")
    ] = None,
    floor: Annotated[
        float, Field(ge=0, description="least shift that counts: deviations, or Jensen-Shannon distance")
    ] = 0.05,
) -> Sequence[Finding]:
    """Tests of `numeric` and `categorical` on outputs: an early sign, before any label arrives."""
    from stagewright_plugins.monitoring import columns as named
    from stagewright_plugins.monitoring.correction import corrected
    from stagewright_plugins.monitoring.shift import kind_shift, numeric_shift

    reference, window, found = inputs.reference, inputs.window, []
    chosen = None if columns is None else [f"{named.OUTPUT}{name}" for name in columns]
    for name in named.shared(reference, window, named.outputs(reference), chosen):
        if named.numeric(reference, name):
            before, now = named.floats(reference[name]), named.floats(window[name])
            one = numeric_shift(before, now) if len(before) and len(now) else None
        else:
            one = kind_shift(reference[name], window[name]) if len(reference) and len(window) else None
        if one:
            found.append(Finding("prediction", name, one.statistic, one.p_value, one.effect, floor, False))
    return corrected(found, inputs.alpha)
