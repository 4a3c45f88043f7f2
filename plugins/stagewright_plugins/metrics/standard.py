"""The listed metrics with the names of their values, which way is better, and their range."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.expression import ExpressionError, parse
from stagewright.nearest import suggestion
from stagewright.stages import metrics
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Inputs, MetricChoice, MetricSet, MetricSpec


@metrics.stage
def standard(
    inputs: Inputs,
    /,
    *,
    of: Annotated[
        list[MetricChoice],
        Field(description="metrics to compute, the leading one first; the task's default metrics if empty"),
    ] = [],  # noqa: B006  # read only
) -> MetricSet:
    """Name every value that the metrics give; runs at check, builds none of them.

    Raises:
        StagewrightError: two metrics give a value of the same name, or a formula cannot be read, is a
            condition, or names a value that no metric listed gives.
    """
    task = inputs.framing.task
    chosen = of or [inputs.context.resolve("metrics.metric", {"type": name}) for name in task.default_metrics]
    specs = tuple(_spec(metric, task) for metric in chosen)
    seen: set[str] = set()
    for spec in specs:
        for key in spec.keys:
            if key in seen:
                raise StagewrightError(f"two metrics give a value named {key!r}; list it once or rename one")
            seen.add(key)
    _formulas_follow(specs)
    return MetricSet(specs)


def _formulas_follow(specs: tuple[MetricSpec, ...]) -> None:
    """A formula may read what the metrics give, and the formulas listed before it."""
    formulas = [spec for spec in specs if spec.spec["type"] == "formula"]
    known = [key for spec in specs if spec not in formulas for key in spec.keys]
    for spec in formulas:
        try:
            expression = parse(spec.spec["expression"])
        except ExpressionError as error:
            raise StagewrightError(f"formula {spec.name!r}: {error}") from error
        if expression.is_condition:
            raise StagewrightError(f"formula {spec.name!r} is a condition; a number is needed here")
        for name in sorted(expression.names - set(known)):
            raise StagewrightError(
                f"formula {spec.name!r} uses {name!r}, which no metric listed before it gives, "
                f"{suggestion(name, known, 'metric')}"
            )
        known.append(spec.name)


def _spec(metric: Component[Task, object], task: Task) -> MetricSpec:
    facts, settings = metric.facts, metric.settings
    if facts.formula:
        name, direction = str(settings["name"]), settings["direction"]
        return MetricSpec(name, metric.spec(), (name,), direction, unit=str(settings.get("unit", "")))
    keys = (metric.type,)
    if facts.per_class:
        keys = (f"{metric.type}_mean", *(f"{metric.type}.{name}" for name in task.classes))
    return MetricSpec(metric.type, metric.spec(), keys, facts.direction, facts.low, facts.high, facts.unit)
