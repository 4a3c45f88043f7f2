"""Fixed conditions on windows, as Argo Rollouts judges them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.rollout.durations import Duration
from stagewright.stages import rollout
from stagewright.stages.rollout import Least, Test, TestInputs

Statistic = Literal["mean", "sum", "min", "max", "p50", "p90", "p95", "p99"]


def _least(settings: Mapping[str, Any], _given: TestInputs) -> Least:
    """The windows that it judges, and one where it judges as long as it runs."""
    windows, requests = settings["count"] or 1, settings["requests"]
    canary = windows * settings["minimum"]
    if requests is None:
        return Least(canary=canary, seconds=windows * settings["interval"])
    return Least(canary=canary, total=windows * requests)


@rollout.test(least=_least)
def threshold(
    given: TestInputs,
    /,
    *,
    successCondition: Annotated[
        str, Field(description="over `result`, `stable`, `n`, `stable_n`; e.g. `result <= 1.5 * stable`")
    ] = "",
    failureCondition: Annotated[
        str, Field(description="as above; with both given, a window that meets neither is inconclusive")
    ] = "",
    statistic: Annotated[Statistic, Field(description="what a window's values become")] = "mean",
    interval: Annotated[Duration, Field(description="length of a window in time, e.g. `1m`")] = 60.0,
    requests: Annotated[
        int | None,
        Field(ge=1, description="length of a window in observations of both arms, in place of `interval`"),
    ] = None,
    count: Annotated[
        int | None, Field(ge=1, description="windows to judge; none: as long as it runs")
    ] = None,
    failureLimit: Annotated[int, Field(ge=-1, description="failed windows tolerated; -1: all")] = 0,
    inconclusiveLimit: Annotated[
        int, Field(ge=0, description="with `count`: inconclusive windows with which it is still a success")
    ] = 0,
    minimum: Annotated[int, Field(ge=1, description="canary observations a window needs to be judged")] = 1,
) -> Test:
    """A condition per window on the canary's figure (`result`), where wanted beside the stable arm's (`stable`).

    For limits that are fixed beforehand: latency percentiles, memory, temperature. It keeps no error probability:
    on small windows of a rare event it fails good canaries (docs/rollout.md shows how often), so use
    `event` or `msprt` to compare arms. With `count` it is successful once so many windows were judged, and never after
    more inconclusive ones than `inconclusiveLimit`: then a person decides, as in Argo. Without, the last window counts.
    """
    from ._threshold import WindowTest

    return WindowTest(
        successCondition, failureCondition, statistic, interval, requests, count, failureLimit, inconclusiveLimit,
        minimum,
    )  # fmt: skip
