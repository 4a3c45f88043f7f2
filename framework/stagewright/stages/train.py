"""train: fit one model on the train split, choose by the validation split, leave one checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.framing import TASK_ONLY, Framing, Task
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import MetricSet
from stagewright.stages.sweep import Best

if TYPE_CHECKING:
    import torch


@frozen
class Inputs:
    """What training looks at: the train and validation splits, never the test split.

    `sweep` is there only for plugins that declare `follows_sweep`.
    """

    framing: Framing
    data: Dataset
    metrics: MetricSet
    context: Context
    sweep: Best | None = None


@frozen
class Model:
    """A fitted model as a handle; downstream stages ask for `model` and get the newest one.

    Attributes:
        path: folder with the weights (`model.safetensors`) and `history.json`; never a pickle.
        format: name of the `evaluate.runtime` plugin that can run it (`torch`, `onnx`).
        spec: what that runtime needs to rebuild it, e.g. `{"type": "unet", "width": 12}`.
        validation: every metric key, on the validation split, of the weights kept.
        parameters: number of trained parameters.
    """

    path: Path
    format: str
    spec: Mapping[str, Any]
    validation: Mapping[str, float]
    parameters: int = 0


@frozen
class ScheduleInputs:
    """What a learning-rate schedule is handed."""

    optimizer: torch.optim.Optimizer
    total_steps: int
    steps_per_epoch: int


@frozen
class AugmentInputs:
    """What an augmentation is handed once; it returns a function applied to each sample anew."""

    task: Task


@frozen
class PartFacts:
    """Declared on the mark of a model or a loss: the tasks it fits; empty where it fits any."""

    fits: tuple[str, ...] = ()


@frozen
class TrainFacts(StageFacts):
    """What a train stage declares.

    Attributes:
        follows_sweep: it is made of what a sweep left, so it has no part in the sweep's trials.
        time_by: setting that its time grows with (a number of epochs), to estimate a run's time from an earlier one.
    """

    time_by: str = ""
    follows_sweep: bool = False


Parameters = Iterable[Any]  # torch parameters or parameter groups
# (input (C, H, W) float32, target (H, W) int64, generator) -> the same, changed
Augment = Callable[[Any, Any, Any], tuple[Any, Any]]

# A recipe that names no loss gets the task's own, found by name while training.
stage: Contract[Inputs, Model] = Contract(
    "train", takes=Inputs, gives=Model, facts=TrainFacts, uses=("train.loss",), sees=TASK_ONLY
)
# Gives a torch.nn.Module: input (N, C, H, W) float32 → logits (N, K, H, W).
model: Contract[Task, Any] = Contract("train.model", takes=Task, facts=PartFacts)
# Gives a torch.nn.Module or function: (logits (N, K, ...), target (N, ...)) → scalar.
loss: Contract[Task, Any] = Contract("train.loss", takes=Task, facts=PartFacts)
# Gives a torch.optim.Optimizer over the parameters.
optimizer: Contract[Parameters, Any] = Contract("train.optimizer", takes=Iterable)
# Gives a torch learning-rate scheduler stepped once per optimizer step.
scheduler: Contract[ScheduleInputs, Any] = Contract("train.scheduler", takes=ScheduleInputs)
augment: Contract[AugmentInputs, Augment] = Contract("train.augment", takes=AugmentInputs)

ModelChoice = Annotated[Component[Task, Any], model]
LossChoice = Annotated[Component[Task, Any], loss]
OptimizerChoice = Annotated[Component[Parameters, Any], optimizer]
SchedulerChoice = Annotated[Component[ScheduleInputs, Any], scheduler]
AugmentChoice = Annotated[Component[AugmentInputs, Augment], augment]
