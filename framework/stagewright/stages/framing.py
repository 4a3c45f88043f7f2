"""framing: the business objective as an ML task, candidate approaches, criteria, budget, milestones."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stagewright.context import Context
from stagewright.contract import DEFINITION, Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.objective import Goal


@frozen
class TensorSpec:
    """Shape and type of one tensor of a signature, without the batch dimension; -1 means any size."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@frozen
class Task:
    """What the model must do: signature, classes, how its output becomes a decision.

    Attributes:
        type: the task plugin's name, e.g. `segmentation`; metrics and losses name the tasks they fit.
        input: what the model takes, after the data stage prepared it.
        target: what it learns to give, per sample.
        output: what it gives, before decoding (logits).
        decode: how the output becomes a decision, e.g. `argmax`.
        classes: names in order of their index.
        ignore_index: target value that no loss and no metric counts, or None.
        default_metrics, default_loss: used when the recipe names none.
        languages: of texts, source and target as codes (`en`, `fr`); empty where there is no text.
    """

    type: str
    input: TensorSpec
    target: TensorSpec
    output: TensorSpec
    decode: str
    classes: tuple[str, ...] = ()
    ignore_index: int | None = None
    default_metrics: tuple[str, ...] = ()
    default_loss: str = ""
    languages: tuple[str, ...] = ()


class Approach(BaseModel):
    """A candidate way to the goal: changes to the `train` section, with the reason to try it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    reason: str
    source: str = Field(default="", description="paper, earlier project or person the idea comes from")
    train: dict[str, Any] = Field(
        default_factory=dict,
        description="settings laid over `train`",
        json_schema_extra={DEFINITION: "partial:train"},
    )


class Budget(BaseModel):
    """Limits enforced while the run works; None means no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    wall_minutes: float | None = Field(default=None, gt=0, description="whole run")
    train_minutes: float | None = Field(default=None, gt=0, description="each train step")
    memory_gb: float | None = Field(default=None, gt=0, description="resident memory, 1e9 bytes")


class Milestone(BaseModel):
    """A dated promise: by `date`, `expect` holds; shown against the history of runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str
    date: datetime.date
    expect: str = Field(description="condition over metric names, e.g. `iou_mean >= 0.6`")


@frozen
class Inputs:
    """What framing looks at."""

    objective: Goal
    context: Context


@frozen
class Framing:
    """The framed problem. Success criteria and budget act as gates; the framework enforces them."""

    task: Task
    approaches: tuple[Approach, ...] = ()
    policy: Literal["in_order", "side_by_side"] = "in_order"
    success: tuple[str, ...] = ()
    budget: Budget = Budget()
    milestones: tuple[Milestone, ...] = ()


# What most stages are shown of it: criteria, approaches, budget and milestones are the framework's to act on.
TASK_ONLY = {"framing": ("task",)}


@frozen
class TaskFacts:
    """Declared on the mark of a task plugin."""

    summary: str = ""


stage: Contract[Inputs, Framing] = Contract("framing", takes=Inputs, gives=Framing)
task: Contract[Goal, Task] = Contract("framing.task", takes=Goal, gives=Task, facts=TaskFacts)

TaskChoice = Annotated[Component[Goal, Task], task]
