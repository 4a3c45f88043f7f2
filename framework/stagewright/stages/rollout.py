"""rollout: traffic moves to the new package step by step, while guards watch; promote or roll back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package


@dataclass(frozen=True)
class Inputs:
    """What a rollout looks at: the challenger package, and the data a replay draws requests from."""

    data: Dataset
    deploy: Package
    context: Context


@dataclass(frozen=True)
class Decision:
    """How a rollout ended; `path` holds the event log that gives the same verdict when replayed."""

    verdict: Literal["promoted", "rolled_back", "inconclusive"]
    reason: str
    path: Path


stage: Contract[Inputs, Decision] = Contract("rollout", takes=Inputs, gives=Decision)
