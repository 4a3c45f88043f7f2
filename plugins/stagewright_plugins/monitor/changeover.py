"""Traffic that changes over: requests of one kind, then of another; how soon is it noticed, and by what?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect, use
from stagewright.live.alerts import Rule
from stagewright.live.log_settings import LogSettings
from stagewright.live.retraining import Retraining
from stagewright.live.schedules import Schedule
from stagewright.stages import monitor
from stagewright.stages.monitor import Health, Inputs

from ._misfits import misfits

LOOKED_BACK = 60  # windows of live traffic, as `standard` has it
MADE_UP = 1000  # all of them


@monitor.stage(misfits=misfits)
def changeover(
    inputs: Inputs,
    /,
    *,
    by: Annotated[str, Field(description="tag of the data by whose value requests change")],
    before: Annotated[str, Field(description="value of the requests that are usual")],
    after: Annotated[str, Field(description="value of the requests that come then")],
    window: Annotated[int, Field(ge=10, description="requests per window")] = 50,
    detectors: list[monitor.DetectorChoice] = (  # type: ignore[assignment]
        use("numeric"),
        use("categorical"),
        use("rules"),
        use("prediction"),
    ),
    alpha: Annotated[
        float, Field(gt=0, lt=1, description="probability that a window without drift is taken for drift")
    ] = 0.05,
    consecutive: Annotated[
        int, Field(ge=1, description="windows in a row in which a column must have drifted to count")
    ] = 2,
    estimators: list[monitor.EstimatorChoice] = (),  # type: ignore[assignment]
    alerts: Annotated[
        list[Rule], Field(description="rules in Prometheus's words over the values of windows")
    ] = (),  # type: ignore[assignment]
    group_by: Annotated[
        list[str], Field(description="labels (and `alertname`) whose equal alerts go into one message")
    ] = ("severity",),  # type: ignore[assignment]
    notify: list[monitor.NotifyChoice] = (),  # type: ignore[assignment]
    retrain: Annotated[
        Retraining | None, Field(description="when the model should be trained anew; null: never")
    ] = None,
    anomalies: Annotated[int, Field(ge=0, description="strangest requests shown")] = 8,
    log: Annotated[
        LogSettings, WithoutEffect(), Field(description="what `stagewright serve` may write to the event log")
    ] = LogSettings(),
    schedule: Annotated[
        Schedule, WithoutEffect(), Field(description="when `stagewright monitor --watch` looks")
    ] = "hourly",
) -> Health:
    """Test samples of one tag value, then those of another, as requests to a real gateway; the reference is what the
    package says of validation samples of the first. Windows are judged as `standard` judges them.

    A window holds requests of one kind: those that fill no window are left out.

    `stagewright monitor` judges what users asked instead, by the same settings, against the package's own reference.

    Raises:
        StagewrightError: the data has no such tag, or too few samples of a value to fill a window.
    """
    from ._changeover import reference, traffic
    from ._choices import Choices
    from ._stage import judged

    choices = Choices(
        window=window,
        horizon=LOOKED_BACK if inputs.live else MADE_UP,
        least=window,
        detectors=tuple(detectors),
        alpha=alpha,
        consecutive=consecutive,
        estimators=tuple(estimators),
        alerts=tuple(alerts),
        group_by=tuple(group_by),
        notify=tuple(notify),
        hardware=inputs.live,
        retrain=retrain,
        payloads=0,
        anomalies=anomalies,
        explain=False,
        explainer=use("occlusion"),  # type: ignore[arg-type]  # asked for nothing: `explain` is false
    )
    if inputs.live:
        return judged(inputs, choices)
    usual = reference(inputs, by, before)
    return judged(inputs, choices, traffic(inputs, by, (before, after), window), usual)
