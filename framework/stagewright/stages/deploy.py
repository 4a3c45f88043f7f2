"""deploy: a self-contained package (ONNX with pre- and post-processing inside) on one or more targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model


@dataclass(frozen=True)
class Inputs:
    """What deployment looks at; `model` is the newest one, compressed or not."""

    framing: Framing
    data: Dataset
    model: Model
    evaluate: Scores
    context: Context


@dataclass(frozen=True)
class Package:
    """A released model: `model.onnx`, `signature.json`, `card.json`, `manifest.json` with all hashes."""

    path: Path
    version: str
    hashes: Mapping[str, str]


stage: Contract[Inputs, Package] = Contract("deploy", takes=Inputs, gives=Package)
# Where a package goes: a local folder, a container context, Kubernetes manifests, an edge bundle.
target: Contract[Package, Path] = Contract("deploy.target", takes=Package, gives=Path)
TargetChoice = Annotated[Component[Package, Path], target]
