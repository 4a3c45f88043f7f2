"""Health of a live model, window by window: traffic, performance, drift, hardware, users; alerts; retraining."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from stagewright.contract import use
from stagewright.live.log_settings import LogSettings
from stagewright.rollout.durations import seconds
from stagewright.stages import monitor
from stagewright.stages.monitor import Health, Inputs

from ._misfits import misfits
from ._shared import DETECTORS, Alerts, Alpha, Anomalies, Consecutive, GroupBy, Log, Looks, Retrain


def _span(value: int | str) -> int | str:
    length = value if isinstance(value, int) else seconds(value)
    if length <= 0:
        raise ValueError(f"a window is a number of requests or a duration such as `1h`, got {value!r}")
    return value


Span = Annotated[int | str, AfterValidator(_span)]


@monitor.stage(misfits=misfits)
def standard(
    inputs: Inputs,
    /,
    *,
    window: Annotated[Span, Field(description="requests per window, or a duration such as `1h`")] = 500,
    horizon: Annotated[int, Field(ge=2, description="windows looked back at; older ones are forgotten")] = 60,
    least: Annotated[
        int, Field(ge=10, description="requests below which a window says nothing of drift")
    ] = 50,
    detectors: list[monitor.DetectorChoice] = DETECTORS,  # type: ignore[assignment]
    alpha: Alpha = 0.05,
    consecutive: Consecutive = 2,
    estimators: list[monitor.EstimatorChoice] = (use("cbpe"), use("dle")),  # type: ignore[assignment]
    alerts: Alerts = (),  # type: ignore[assignment]
    group_by: GroupBy = ("severity",),  # type: ignore[assignment]
    notify: list[monitor.NotifyChoice] = (),  # type: ignore[assignment]
    hardware: Annotated[bool, Field(description="measure this machine when looking at live traffic")] = True,
    retrain: Retrain = None,
    payloads: Annotated[int, Field(ge=0, description="stored pictures opened per window at most")] = 200,
    anomalies: Anomalies = 8,
    explain: Annotated[
        bool | str,
        Field(
            description="say why the strangest requests were answered so; an id: that one and nothing else"
        ),
    ] = False,
    explainer: monitor.ExplainerChoice = use("occlusion"),
    log: Log = LogSettings(),
    schedule: Looks = "hourly",
) -> Health:
    """Read the events of the rollout's replay, or of live traffic where there is none, and judge them.

    Live traffic is judged by `stagewright monitor`, which hands over no rollout. A look at it is written back to
    the log: windows that were judged before and got nothing new are not computed again, and nobody is told twice.
    `log` and `schedule` are for `stagewright serve` and `stagewright monitor`.
    """
    from ._choices import Choices
    from ._stage import judged

    choices = Choices(
        window=window,
        horizon=horizon,
        least=least,
        detectors=tuple(detectors),
        alpha=alpha,
        consecutive=consecutive,
        estimators=tuple(estimators),
        alerts=tuple(alerts),
        group_by=tuple(group_by),
        notify=tuple(notify),
        hardware=hardware,
        retrain=retrain,
        payloads=payloads,
        anomalies=anomalies,
        explain=explain,
        explainer=explainer,
    )
    return judged(inputs, choices)
