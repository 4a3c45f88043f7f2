"""baseline: what works without ML, scored on the same test split before anything is trained.

Its settings stand at `objective.baseline`; it runs as a step of its own once data and metrics are known.
"""

from __future__ import annotations

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.framing import TASK_ONLY, Framing
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores


@frozen
class Inputs:
    """What a baseline looks at. It may fit on the train split only."""

    framing: Framing
    data: Dataset
    metrics: MetricSet
    context: Context


stage: Contract[Inputs, Scores] = Contract(
    "objective.baseline", takes=Inputs, gives=Scores, facts=StageFacts, sees=TASK_ONLY
)
