"""The settings of the stage, as one value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from stagewright.live.alerts import Rule
from stagewright.live.retraining import Retraining
from stagewright.stages.monitor import DetectorChoice, EstimatorChoice, ExplainerChoice, NotifyChoice

MEANING = 2  # of what a window's numbers mean; raised when the computation changes


@dataclass(frozen=True)
class Choices:
    """See `standard`."""

    window: int | str
    horizon: int
    least: int
    detectors: tuple[DetectorChoice, ...]
    alpha: float
    consecutive: int
    estimators: tuple[EstimatorChoice, ...]
    alerts: tuple[Rule, ...]
    group_by: tuple[str, ...]
    notify: tuple[NotifyChoice, ...]
    hardware: bool
    retrain: Retraining | None
    payloads: int
    anomalies: int
    explain: bool | str
    explainer: ExplainerChoice

    def digest(self, version: str) -> str:
        """Of everything that decides a window's numbers: windows with another one are computed again."""
        parts = [
            MEANING,
            version,
            self.window,
            self.least,
            self.alpha,
            self.payloads,
            self.anomalies,
            [part.spec() for part in (*self.detectors, *self.estimators)],
        ]
        return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
