"""Months of recorded rows lived through: served, judged, alerted on, retrained, rolled out; did retraining pay?"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field

from stagewright.contract import use
from stagewright.live.alerts import Rule
from stagewright.live.retraining import Retraining
from stagewright.rollout.policy import Policy
from stagewright.stages import monitor
from stagewright.stages.monitor import Health, Inputs

from ._misfits import contradictions, stream_misfits
from ._shared import DETECTORS, GroupBy


@monitor.stage(contradictions=contradictions, misfits=stream_misfits)
def stream(
    inputs: Inputs,
    /,
    *,
    every: Annotated[
        Literal["month", "week"], Field(description="length of a period: it is judged when it is over")
    ] = "month",
    start: Annotated[
        datetime.date | None, Field(description="first day; the data's cut-off if not said")
    ] = None,
    end: Annotated[
        datetime.date | None, Field(description="day after the last one; after the last row if not said")
    ] = None,
    requests: Annotated[
        int, Field(ge=50, description="rows of a period that are sent to the gateway; all count for scores")
    ] = 1500,
    detectors: list[monitor.DetectorChoice] = DETECTORS,  # type: ignore[assignment]
    alpha: Annotated[
        float, Field(gt=0, lt=1, description="probability that a period without drift is taken for drift")
    ] = 0.05,
    consecutive: Annotated[
        int, Field(ge=1, description="periods in a row in which a column must have drifted to count")
    ] = 2,
    least: Annotated[
        int, Field(ge=10, description="requests below which a period says nothing of drift")
    ] = 50,
    estimators: list[monitor.EstimatorChoice] = (use("cbpe"),),  # type: ignore[assignment]
    alerts: Annotated[
        list[Rule], Field(description="rules in Prometheus's words over the values of periods")
    ] = (),  # type: ignore[assignment]
    group_by: GroupBy = ("severity",),  # type: ignore[assignment]
    notify: list[monitor.NotifyChoice] = (),  # type: ignore[assignment]
    retrain: Annotated[
        Retraining | None, Field(description="when a new model is trained; null: never")
    ] = None,
    retrain_all: Annotated[
        bool, Field(description="retrain every approach, not only the one whose model is in service")
    ] = False,
    canary: Annotated[
        Policy, Field(description="how a retrained package is rolled out, in the words of `rollout`")
    ] = Policy(),
    resamples: Annotated[
        int, Field(ge=20, description="bootstrap resamples of a period's days or other groups")
    ] = 300,
) -> Health:
    """Live through the rows that the data stage kept in `live/`, one period after the other, in their own time.

    Rows are answered by the champion of their moment: a sample of them as requests to a real gateway, the rest in
    one batch. Labels come at their `label_time`. When a period is over it is judged, alerts are evaluated, and
    where the policy asks for it a new package is trained on what is known by then; it is rolled out on the next
    period's requests. The first package and the no-ML baseline are scored on the same rows. The aliases of the
    project stay as they are: it is a replay.

    Raises:
        StagewrightError: the data has no rows after its cut-off, or the stage is used outside of a run.
    """
    from ._choices import Choices
    from ._stream_life import lived
    from ._stream_settings import Settings

    choices = Choices(
        window=requests,
        horizon=1000,
        least=least,
        detectors=tuple(detectors),
        alpha=alpha,
        consecutive=consecutive,
        estimators=tuple(estimators),
        alerts=tuple(alerts),
        group_by=tuple(group_by),
        notify=tuple(notify),
        hardware=False,
        retrain=retrain,
        payloads=0,
        anomalies=0,
        explain=False,
        explainer=use("occlusion"),  # type: ignore[arg-type]  # asked for nothing: `explain` is false
    )
    return lived(inputs, Settings(every, start, end, requests, canary, retrain_all, resamples, choices))
