"""evaluate: the chosen model on the test split: scores with intervals, slices, worst samples, error types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.framing import TASK_ONLY, Framing, Task
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores
from stagewright.stages.train import Model

if TYPE_CHECKING:
    import numpy as np


@frozen
class Inputs:
    """What evaluation looks at."""

    framing: Framing
    data: Dataset
    metrics: MetricSet
    baseline: Scores | None
    model: Model
    context: Context


@frozen
class RuntimeInputs:
    """What a runtime is handed to bring a model handle to life."""

    model: Model
    task: Task
    context: Context


# (N, C, H, W) float32 → (N, K, H, W) float32 probabilities
Predict = Callable[["np.ndarray"], "np.ndarray"]

stage: Contract[Inputs, Scores] = Contract(
    "evaluate", takes=Inputs, gives=Scores, facts=StageFacts, uses=("evaluate.runtime",), sees=TASK_ONLY
)
runtime: Contract[RuntimeInputs, Predict] = Contract("evaluate.runtime", takes=RuntimeInputs)
