"""Do adverse events fall on the canary more often than its share of requests allows?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import rollout
from stagewright.stages.rollout import Least, Test, TestInputs


def _least(settings: Mapping[str, Any], given: TestInputs) -> Least:
    """Of a champion that fails at each request, a few events show that the canary is better."""
    shown = math.ceil(math.log(1 / given.alpha) / math.log(settings["top"]) - 1e-9)
    return Least(total=min(shown, settings["acceptAfter"] or shown))


@rollout.test(least=_least)
def event(
    given: TestInputs,
    /,
    *,
    top: Annotated[float, Field(gt=1.1, description="largest rate ratio the test is tuned to find")] = 8.0,
    grid: Annotated[int, Field(ge=1, le=200, description="rate ratios mixed over, from 1.1 to `top`")] = 16,
    acceptAfter: Annotated[
        int | None,
        Field(
            ge=1,
            description="canary observations after which no proof of harm is a success; null: only proof that"
            " the rate is within the margin is",
        ),
    ] = 100,
) -> Test:
    """Event e-process: exact at every look, for errors, slow requests, thumbs down, wrong labels.

    A value other than 0 is an event. Fails when the canary's rate is shown to exceed `1 + margin` times
    the stable arm's (`direction: higher`: to fall below `1 - margin` times). Successful when the opposite is
    shown, which takes many events, or when nothing was shown in `acceptAfter` canary observations; it can still
    fail after that. Assumes that requests are dealt at random; drifting base rates and changing weights do no harm.
    """
    from ._event import EventTest

    return EventTest(given, top, grid, acceptAfter)
