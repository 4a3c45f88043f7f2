"""The settings of the stage `stream`, as one value."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from stagewright.rollout.policy import Policy

from ._choices import Choices

Every = Literal["month", "week"]


@dataclass(frozen=True)
class Settings:
    """See `stream`; `choices` are those that `standard` has, too."""

    every: Every
    start: datetime.date | None
    end: datetime.date | None
    requests: int
    canary: Policy
    retrain_all: bool
    resamples: int
    choices: Choices
