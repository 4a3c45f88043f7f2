"""What a sweep aims at: objectives with a direction, and limits beyond which a trial does not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.expression import ExpressionError, Node, parse
from stagewright.frozen import frozen
from stagewright.nearest import suggestion
from stagewright.reach import decided
from stagewright.stages.metrics import Direction, MetricSet

COSTS = {"train": ("train_seconds",), "compress": ("train_seconds", "size_mb", "latency_ms")}
_SIGN = {"<=": 1.0, "<": 1.0, ">=": -1.0, ">": -1.0}


class Objective(BaseModel):
    """One thing to make larger or smaller."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    metric: str = Field(description="a metric value, or train_seconds, size_mb, latency_ms")
    direction: Direction | None = Field(
        default=None, description="the metric's own if not said; costs are minimized"
    )


@frozen
class Goal:
    """An objective with its direction."""

    metric: str
    direction: Direction


@frozen
class Limit:
    """One comparison: what is left of `node` minus what is right of it, times `sign`, must not be above zero."""

    text: str
    node: Node
    sign: float

    def excess(self, values: Mapping[str, float]) -> float:
        """By how much it is missed; zero or less where it holds. Raises StagewrightError for a missing value."""
        from stagewright.expression import Expression

        try:
            left, _, right = Expression(self.text, self.node).margin(values) or (0.0, "", 0.0)
        except ExpressionError as error:
            raise StagewrightError(f"sweep.constraints: {self.text!r}: {error}") from error
        return self.sign * (left - right)


def goals(objectives: Sequence[Objective | str], metrics: MetricSet, measure: str) -> tuple[Goal, ...]:
    """The objectives, the leading metric's if none is said.

    Raises:
        StagewrightError: for a name that no trial measures, or one said twice.
    """
    directions = _directions(metrics, measure)
    if not objectives:
        leading = metrics.metrics[0]
        return (Goal(leading.keys[0], leading.direction),)
    found = []
    for objective in objectives:
        one = Objective(metric=objective) if isinstance(objective, str) else objective
        if one.metric not in directions:
            hint = suggestion(one.metric, directions, "value")
            raise StagewrightError(f"sweep.objectives: no trial measures {one.metric!r}, {hint}")
        found.append(Goal(one.metric, one.direction or directions[one.metric]))
    if len({goal.metric for goal in found}) < len(found):
        raise StagewrightError("sweep.objectives: a value is listed twice")
    return tuple(found)


def limits(constraints: Sequence[str], metrics: MetricSet, measure: str) -> tuple[Limit, ...]:
    """Conditions as limits, one for each comparison; raises StagewrightError for what is no limit."""
    known = _directions(metrics, measure)
    found: list[Limit] = []
    for text in constraints:
        try:
            expression = parse(text)
        except ExpressionError as error:
            raise StagewrightError(f"sweep.constraints: {text!r}: {error}") from error
        for name in expression.names - known.keys():
            hint = suggestion(name, known, "value")
            raise StagewrightError(f"sweep.constraints: no trial measures {name!r}, {hint}")
        always, why = decided(expression, metrics.ranges) or (True, "")
        if not always:
            raise StagewrightError(f"sweep.constraints: {text!r} {why}")
        if wrong := no_limit(expression.root):
            raise StagewrightError(f"sweep.constraints: {text!r} {wrong}")
        found += [Limit(text, node, _SIGN[node.op]) for node in _parts(expression.root)]
    return tuple(found)


def _parts(node: Node) -> list[Node]:
    return [part for inner in node.parts for part in _parts(inner)] if node.op == "and" else [node]


def no_limit(root: Node) -> str:
    """Why a condition is no limit; empty where it is one."""
    if all(node.op in _SIGN for node in _parts(root)):
        return ""
    return "must compare by <=, <, >= or >, joined by `and`: how far a trial misses it is what the sampler learns from"


def _directions(metrics: MetricSet, measure: str) -> dict[str, Direction]:
    found: dict[str, Direction] = {key: spec.direction for spec in metrics.metrics for key in spec.keys}
    return found | dict.fromkeys(COSTS[measure], "minimize")


def for_one(
    count: int, sampler: Component[Any, Any] | None, pruner: Component[Any, Any] | None
) -> Iterator[tuple[str, str]]:
    """Parts of a sweep that take one objective where `count` are said: (setting, what is wrong)."""
    if count > 1 and sampler and not getattr(sampler.facts, "several", True):
        yield "sampler", f"{sampler.type} searches for one objective, {count} are said; take tpe, gp or nsga2"
    if count > 1 and pruner and pruner.type != "none":
        yield "pruner", f"a trial can only be pruned by one objective, {count} are said; take `pruner: none`"
