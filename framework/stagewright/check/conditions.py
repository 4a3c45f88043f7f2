"""Conditions and estimates held against the metrics that a recipe lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from stagewright.errors import Problem
from stagewright.expression import Expression, ExpressionError, parse
from stagewright.keypath import KeyPath, problem
from stagewright.nearest import suggestion
from stagewright.reach import decided
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.wording import shown


def wrong_conditions(goal: Goal, framing: Framing, metrics: MetricSet) -> Iterator[Problem]:
    """What is wrong with the criteria, milestones and estimates, over the values of all metrics."""
    yield from _told(("framing", "success"), enumerate(framing.success), metrics)
    expected = ((i, item.expect) for i, item in enumerate(framing.milestones))
    yield from _told(("framing", "milestones"), expected, metrics, "expect")
    estimates = ((i, kpi.estimate) for i, kpi in enumerate(goal.kpis))
    yield from _told(("objective", "kpis"), estimates, metrics, "estimate", condition=False)


def _told(
    path: KeyPath,
    texts: Iterable[tuple[int, str]],
    metrics: MetricSet,
    leaf: str = "",
    condition: bool = True,
) -> Iterator[Problem]:
    keys = [key for metric in metrics.metrics for key in metric.keys]
    for index, text in texts:
        where = (*path, index, leaf) if leaf else (*path, index)
        wrong = list(condition_problems(text, keys, condition))
        yield from (problem(where, message) for message in wrong)
        if condition and not wrong:
            yield from _decided(text, metrics, where)


def _decided(text: str, metrics: MetricSet, where: KeyPath) -> Iterator[Problem]:
    """A condition that says the same of every model, by the ranges of the metrics."""
    said = decided(parse(text), metrics.ranges)
    if said:
        always, why = said
        found = problem(where, f"{shown(text)} {why}")
        yield replace(found, severity="warning") if always else found


def condition_problems(text: str, names: list[str], condition: bool = True) -> Iterator[str]:
    """What is wrong with an expression over known names, all of them numbers."""
    said = shown(text)
    try:
        expression = parse(text)
    except ExpressionError as error:
        yield f"{said}: {error}"
        return
    unknown = sorted(expression.names - set(names))
    for name in unknown:
        yield f"{said} uses {name!r}, which no listed metric gives, {suggestion(name, names, 'metric')}"
    if condition and not expression.is_condition:
        yield f"{said} is a number, not a condition: compare it with something"
    if not condition and expression.is_condition:
        yield f"{said} is a condition; a number is needed here"
    if expression.texts:
        yield f"{said} holds the text {min(expression.texts)!r}; metrics are numbers"
    elif not expression.names:
        yield f"{said} reads no metric, so it says the same of every model; name one"
    elif not unknown and (impossible := _impossible(expression)):
        yield f"{said} {impossible}, whatever the metrics are"


def _impossible(expression: Expression) -> str:
    """Why an expression has no value, if it has none for metrics of any size and order."""
    names = sorted(expression.names)
    why = ""
    for size in (0.3, 7.0, 1e3, -0.3):
        for order in (names, names[::-1]):
            try:
                expression.evaluate({name: size * (1 + i) for i, name in enumerate(order)})
            except ExpressionError as error:
                why = str(error)
            else:
                return ""
    return why
