"""Traffic that changes over: requests of one kind, then of another; how soon is it noticed, and by what?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import use
from stagewright.live.log_settings import LogSettings
from stagewright.stages import monitor
from stagewright.stages.monitor import Health, Inputs

from ._misfits import misfits
from ._shared import DETECTORS, Alerts, Alpha, Anomalies, Consecutive, GroupBy, Log, Looks, Retrain

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
    detectors: list[monitor.DetectorChoice] = DETECTORS,  # type: ignore[assignment]
    alpha: Alpha = 0.05,
    consecutive: Consecutive = 2,
    estimators: list[monitor.EstimatorChoice] = (),  # type: ignore[assignment]
    alerts: Alerts = (),  # type: ignore[assignment]
    group_by: GroupBy = ("severity",),  # type: ignore[assignment]
    notify: list[monitor.NotifyChoice] = (),  # type: ignore[assignment]
    retrain: Retrain = None,
    anomalies: Anomalies = 8,
    log: Log = LogSettings(),
    schedule: Looks = "hourly",
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
