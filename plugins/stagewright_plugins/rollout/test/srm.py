"""Do the arms get the requests that the weight promises them?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.rollout import Test, TestInputs


@rollout.test
def srm(
    given: TestInputs,
    /,
    *,
    top: Annotated[
        float, Field(gt=1, description="largest ratio of one arm's loss the test looks for")
    ] = 2.0,
    grid: Annotated[int, Field(ge=1, le=200, description="ratios on either side of 1")] = 10,
) -> Test:
    """Sample-ratio mismatch, watched from request to request: the event e-process over all requests, two-sided.

    Fails when the split does not fit the weight: requests lost or counted twice in one arm, a canary that crashes
    before it logs, an assignment that does not stick. Whatever else was measured is then worth nothing, so the
    rollout freezes. Give it an `alpha` of its own, 0.001 is usual; direction and margin do not matter.
    (Lindon & Malek, 2022, arXiv:2011.03567; causes: Fabijan et al., 2019, doi 10.1145/3292500.3330722)
    """
    from ._srm import RatioTest

    return RatioTest(given, top, grid)
