"""By how much a verdict's value lies above or below what was asked, in the metric's own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.expression import Expression, ExpressionError, parse
from stagewright.report.figures import difference, finite, number

ORDERED = ("<", "<=", ">", ">=")
BASELINE = " better than without ML"


def margin(run: Mapping[str, Any], gate: Mapping[str, Any]) -> str:
    """`0.12 above`, `3 pixels below`; empty where the condition compares no two numbers, or one has no value."""
    condition = str(gate.get("condition") or "")
    if condition.endswith(BASELINE):
        return _over_baseline(run, condition.removesuffix(BASELINE))
    try:
        expression = parse(condition)
        found = expression.margin(_values(run, gate, expression))
    except ExpressionError:  # words, such as those of a review, or a value that was not measured
        return ""
    if found is None or found[1] not in ORDERED:
        return ""
    return _said(found[0] - found[2], _unit(run, expression))


def _over_baseline(run: Mapping[str, Any], key: str) -> str:
    model, without = _measured(run.get("metrics")).get(key), _measured(run.get("baseline")).get(key)
    if model is None or without is None:
        return ""
    said = _said(model - without, _unit_of(run, key))
    return f"{said}: without ML it is {number(without)}"


def _values(
    run: Mapping[str, Any], gate: Mapping[str, Any], expression: Expression
) -> dict[str, float | bool | str]:
    """All metrics of the run; what a step measured itself, such as a size, stands in its verdict."""
    left, value = expression.root.parts[:1], gate.get("value")
    own = {str(left[0].value): float(value)} if finite(value) and left and left[0].op == "name" else {}
    return {**_measured(run.get("metrics")), **own}


def _measured(scores: Any) -> dict[str, float]:
    return {key: score["value"] for key, score in (scores or {}).items() if finite(score.get("value"))}


def _said(above: float, unit: str) -> str:
    if above == 0:
        return "just at it"
    return f"{difference(above, unit)} {'above' if above > 0 else 'below'}"


def _unit(run: Mapping[str, Any], expression: Expression) -> str:
    """Of a metric compared with a number: what is computed from several has none that could be told."""
    left, right = expression.root.parts
    return _unit_of(run, str(left.value)) if left.op == "name" and right.op in ("number", "negative") else ""


def _unit_of(run: Mapping[str, Any], key: str) -> str:
    specs = run.get("metric_specs") or []
    return next((str(spec.get("unit") or "") for spec in specs if key in (spec.get("keys") or ())), "")
