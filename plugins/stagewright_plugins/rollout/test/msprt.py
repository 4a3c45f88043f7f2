"""Is the canary's mean worse than the stable arm's, beyond the margin?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.rollout import Least, Test, TestInputs


def _least(settings: Mapping[str, Any], _given: TestInputs) -> Least:
    """Before its minimum only silence is a success."""
    minimum, events, silence = (settings[name] for name in ("minimum", "events", "acceptAfter"))
    if silence is not None:
        return Least(canary=min(minimum, silence), once=True)
    return Least(minimum, minimum, events, once=True)


@rollout.test(least=_least)
def msprt(
    given: TestInputs,
    /,
    *,
    tau: Annotated[
        float | None,
        Field(
            gt=0, description="difference the test is tuned to find, in the metric's unit; none: by the data"
        ),
    ] = None,
    absolute: Annotated[
        float | None,
        Field(ge=0, description="margin in the metric's unit, in place of the relative one"),
    ] = None,
    minimum: Annotated[
        int, Field(ge=2, description="observations per arm before it says anything; it is asymptotic")
    ] = 100,
    events: Annotated[
        int, Field(ge=0, description="values other than 0, both arms together, before it says anything")
    ] = 10,
    acceptAfter: Annotated[
        int | None,
        Field(ge=1, description="canary observations after which no proof of harm is a success"),
    ] = None,
) -> Test:
    """Confidence sequence for the difference of two means (mixture SPRT), three-valued against the margin.

    Fails when the whole interval lies beyond the margin, successful when it lies within, else inconclusive. Holds at
    every look. Observations are compared within equal weights only, so that a mean that drifts while the weight rises
    is not taken for a difference. A covariate (CUPED) makes it narrower.
    (Johari et al., 2022, doi 10.1287/opre.2021.2135; Robbins, 1970, doi 10.1214/aoms/1177696786)
    """
    from ._msprt import MeanTest

    return MeanTest(given, tau, absolute, minimum, events, acceptAfter)
