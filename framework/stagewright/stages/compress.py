"""compress: variants of the model on a front of size, latency and quality; the best inside the limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.stages.data import Dataset
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model


@dataclass(frozen=True)
class Inputs:
    """What compression looks at; `evaluate` holds the scores of the model as trained."""

    framing: Framing
    data: Dataset
    metrics: MetricSet
    model: Model
    evaluate: Scores
    context: Context


stage: Contract[Inputs, Model] = Contract("compress", takes=Inputs, gives=Model)
# One way to make the model smaller: distillation, structured pruning, quantisation.
step: Contract[Inputs, Model] = Contract("compress.step", takes=Inputs, gives=Model)
StepChoice = Annotated[Component[Inputs, Model], step]
