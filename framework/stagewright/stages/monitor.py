"""monitor: drift, performance, hardware and user signals of a live package; alerts; retraining."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.rollout import Decision


@dataclass(frozen=True)
class Inputs:
    """What monitoring looks at: the reference data, the package in service, how its rollout ended."""

    data: Dataset
    deploy: Package
    rollout: Decision
    context: Context


@dataclass(frozen=True)
class Health:
    """The state of a live package over one window; `alerts` names those firing."""

    path: Path
    alerts: tuple[str, ...] = ()
    retrain: bool = False


stage: Contract[Inputs, Health] = Contract("monitor", takes=Inputs, gives=Health)
