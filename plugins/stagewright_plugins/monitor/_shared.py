"""Settings that the stages `standard`, `changeover` and `stream` have in common, word by word."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import WithoutEffect, use
from stagewright.live.alerts import Rule
from stagewright.live.log_settings import LogSettings
from stagewright.live.retraining import Retraining
from stagewright.live.schedules import Schedule

DETECTORS = (use("numeric"), use("categorical"), use("rules"), use("prediction"))

Alpha = Annotated[
    float, Field(gt=0, lt=1, description="probability that a window without drift is taken for drift")
]
Consecutive = Annotated[
    int, Field(ge=1, description="windows in a row in which a column must have drifted to count")
]
Alerts = Annotated[list[Rule], Field(description="rules in Prometheus's words over the values of windows")]
GroupBy = Annotated[
    list[str], Field(description="labels (and `alertname`) whose equal alerts go into one message")
]
Retrain = Annotated[
    Retraining | None, Field(description="when the model should be trained anew; null: never")
]
Anomalies = Annotated[int, Field(ge=0, description="strangest requests shown")]
Log = Annotated[
    LogSettings, WithoutEffect(), Field(description="what `stagewright serve` may write to the event log")
]
Looks = Annotated[Schedule, WithoutEffect(), Field(description="when `stagewright monitor --watch` looks")]
