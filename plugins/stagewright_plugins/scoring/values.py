"""Metric objects → named values: per class, their mean, and formulas over all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from stagewright.context import Context
from stagewright.expression import ExpressionError, parse
from stagewright.stages.framing import Task
from stagewright.stages.metrics import Formula, MetricSet, MetricSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_parsed = cache(parse)
NUMBERS = 16_000_000  # probabilities that a metric is handed at a time, so that memory stays small


def build(metrics: MetricSet, task: Task, context: Context) -> dict[str, Any]:
    """Every listed metric as an object, by name: `torchmetrics.Metric`, or `Formula`."""
    return {spec.name: context.resolve("metrics.metric", spec.spec)(task) for spec in metrics.metrics}


def metric_values(metrics: MetricSet, built: Mapping[str, Any]) -> dict[str, float]:
    """Every key with what the metric objects have seen so far, as training wants it after an epoch.

    A value that does not exist (a class in neither truth nor prediction) is left out.
    """
    computed = {name: item.compute() for name, item in built.items() if not isinstance(item, Formula)}
    return named_values(metrics, built, computed)


def judged(
    metrics: MetricSet,
    built: Mapping[str, Any],
    probabilities: NDArray[np.floating[Any]],
    targets: NDArray[np.int64],
) -> dict[str, float]:
    """Every key of predictions (N, K, ...) and targets (N, ...) alone: what the metrics saw before is forgotten."""
    import torch

    for item in built.values():
        if isinstance(item, Formula):
            continue
        item.reset()
        for part in _parts(probabilities):
            item.update(torch.as_tensor(probabilities[part]), torch.as_tensor(targets[part]))
    return metric_values(metrics, built)


def _parts(probabilities: NDArray[np.floating[Any]]) -> Iterator[slice]:
    size = max(1, NUMBERS * len(probabilities) // max(1, probabilities.size))
    for start in range(0, len(probabilities), size):
        yield slice(start, start + size)


def named_values(
    metrics: MetricSet, built: Mapping[str, Any], computed: Mapping[str, Any]
) -> dict[str, float]:
    """Values by key from what each metric's `compute` gave; formulas come last, in their order."""
    values: dict[str, float] = {}
    for spec in metrics.metrics:
        if spec.name in computed:
            values |= _keyed(spec, computed[spec.name], getattr(built[spec.name], "left_out", ()))
    for spec in metrics.metrics:
        if isinstance(built[spec.name], Formula):
            values[spec.name] = _evaluated(built[spec.name], values)
    return {key: value for key, value in values.items() if not math.isnan(value)}


def _keyed(spec: MetricSpec, computed: Any, left_out: tuple[int, ...]) -> dict[str, float]:
    if len(spec.keys) == 1:
        return {spec.keys[0]: float(computed)}
    per_class = [float(value) for value in computed]
    counted = [value for i, value in enumerate(per_class) if i not in left_out and not math.isnan(value)]
    mean = sum(counted) / len(counted) if counted else math.nan
    return dict(zip(spec.keys, [mean, *per_class], strict=True))


def _evaluated(formula: Formula, values: Mapping[str, float]) -> float:
    present = {key: value for key, value in values.items() if not math.isnan(value)}
    try:
        return float(_parsed(formula.expression).evaluate(present))
    except ExpressionError:
        return math.nan  # it names a value that does not exist here, such as a class that no sample has
