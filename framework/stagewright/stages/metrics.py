"""metrics: named scoring functions, which way is better, and which tasks they fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.framing import TASK_ONLY, Framing, Task

Direction = Literal["minimize", "maximize"]


@frozen
class Inputs:
    """What the metrics section looks at."""

    framing: Framing
    context: Context


@frozen
class MetricSpec:
    """One listed metric.

    Attributes:
        name: prefix of its values: `iou` gives `iou_mean` and, per class, `iou.<class>`.
        spec: the component (`{"type": "iou", ...}`), to build it where it is computed.
        keys: every value it gives, the headline one first.
    """

    name: str
    spec: Mapping[str, Any]
    keys: tuple[str, ...]
    direction: Direction
    low: float | None = None
    high: float | None = None
    unit: str = ""


@frozen
class MetricSet:
    """All metrics of the recipe, in order; the first one's headline value leads selection and display."""

    metrics: tuple[MetricSpec, ...]

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest that each value can be, for the metrics that declare it."""
        return {
            key: (-math.inf if one.low is None else one.low, math.inf if one.high is None else one.high)
            for one in self.metrics
            if (one.low, one.high) != (None, None)
            for key in one.keys
        }


@frozen
class MetricFacts:
    """What a metric declares, known at `check` without building it.

    Attributes:
        fits: task types it can score.
        per_class: gives `<name>_mean` and `<name>.<class>`; otherwise a single `<name>`.
        formula: the metric is an expression over the other metrics' values, not over predictions.
    """

    fits: tuple[str, ...] = ()
    direction: Direction = "maximize"
    low: float | None = None
    high: float | None = None
    unit: str = ""
    per_class: bool = False
    formula: bool = False


stage: Contract[Inputs, MetricSet] = Contract("metrics", takes=Inputs, gives=MetricSet, sees=TASK_ONLY)
# Gives a `torchmetrics.Metric`: `update(probabilities (N, K, ...), target (N, ...))`, and `compute()` gives
# one value per class where the facts say `per_class`, else a scalar. A formula gives a `Formula`.
metric: Contract[Task, Any] = Contract("metrics.metric", takes=Task, gives=Any, facts=MetricFacts)
MetricChoice = Annotated[Component[Task, Any], metric]


@frozen
class Formula:
    """A metric computed from other metrics' values by an expression (`stagewright.expression`)."""

    name: str
    expression: str
    direction: Direction = "minimize"
    unit: str = field(default="")
