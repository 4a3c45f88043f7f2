"""One look at a planned size: is the canary better, worse, or is neither shown?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.rollout import Least, Test, TestInputs


def _least(settings: Mapping[str, Any], given: TestInputs) -> Least:
    from ._ab_test import planned

    size = planned(given, **settings)
    return Least(size.stable, size.canary, once=True)


def _contradictions(settings: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """A rate that is none."""
    from ._ab_test import no_rate

    said = no_rate(settings["baseline"], settings["deviation"])
    return [(("baseline",), said)] if said else []


@rollout.test(least=_least, contradictions=_contradictions)
def ab_test(
    given: TestInputs,
    /,
    *,
    baseline: Annotated[
        float, Field(description="the stable arm's rate, or mean where `deviation` is given")
    ],
    effect: Annotated[
        float, Field(gt=0, description="smallest difference worth finding, in the metric's unit")
    ],
    deviation: Annotated[
        float | None,
        Field(gt=0, description="standard deviation of one observation; none: a rate of 0 and 1"),
    ] = None,
    power: Annotated[float, Field(gt=0, lt=1, description="probability of finding that difference")] = 0.8,
    share: Annotated[float, Field(gt=0, lt=1, description="the canary's share of observations")] = 0.5,
    correlation: Annotated[
        float, Field(ge=0, lt=1, description="between metric and covariate (CUPED); 0 without one")
    ] = 0.0,
) -> Test:
    """Two-sided z-test of two means, computed once, when both arms have the planned number of observations.

    Fails where the canary is shown to be worse, successful where it is shown to be better or, given a margin, not
    worse than that. Before the planned size it says nothing; after it nothing changes any more.
    `alpha` is two-sided. Sizes: `stagewright.rollout.power`.
    """
    from ._ab_test import PlannedTest, planned

    return PlannedTest(given, planned(given, baseline, effect, deviation, power, share, correlation))
