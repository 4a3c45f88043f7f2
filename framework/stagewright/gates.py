"""Declared conditions held against what was measured: success criteria, the baseline, KPIs, milestones."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stagewright.expression import ExpressionError, parse
from stagewright.frozen import frozen
from stagewright.stages.framing import Milestone
from stagewright.stages.metrics import MetricSpec
from stagewright.stages.objective import Kpi

Values = Mapping[str, float]


@frozen
class Gate:
    """One verdict: what was asked, what was found, and in words by how much it holds or misses."""

    name: str
    step: str
    condition: str
    passed: bool
    message: str
    value: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the record."""
        return dict(vars(self))


def success(conditions: Sequence[str], values: Values, step: str) -> list[Gate]:
    """One gate per success criterion."""
    return [criterion(text, values, step) for text in conditions]


def criterion(text: str, values: Values, step: str, name: str = "success criterion") -> Gate:
    """A condition over metric values as a gate; a value that is missing or not a number fails it."""
    expression = parse(text)
    try:
        passed = bool(expression.evaluate(values))
    except ExpressionError as error:
        return Gate(name, step, text, False, f"cannot be decided: {error}")
    margin = expression.margin(values)
    if margin is None:
        return Gate(name, step, text, passed, "holds" if passed else "does not hold")
    left, operator, right = margin
    by = f"measured {left:.4g}, asked {operator} {right:.4g}"
    verdict = "holds" if passed else f"misses by {abs(left - right):.4g}"
    return Gate(name, step, text, passed, f"{verdict}: {by}", left)


def declared(verdict: Mapping[str, Any], step: str) -> Gate:
    """A step's own verdict (`stages.verdict.Verdict` as JSON) as a gate."""
    return Gate(step=step, **verdict)


def beats_baseline(leading: MetricSpec, model: Values, baseline: Values) -> Gate:
    """ML must beat what works without ML on the leading metric, on the same test split."""
    key = leading.keys[0]
    condition = f"{key} better than without ML"
    for whose, values in (("the model", model), ("the no-ML baseline", baseline)):
        if key not in values or math.isnan(values[key]):
            said = f"{key} has no value of {whose}, so nothing can be compared"
            return Gate("beats the baseline", "evaluate", condition, False, said, model.get(key))
    ahead = (model[key] - baseline[key]) * (1 if leading.direction == "maximize" else -1)
    word = "ahead of" if ahead > 0 else "behind"
    message = f"{key} {model[key]:.4g} is {abs(ahead):.4g} {word} the no-ML baseline's {baseline[key]:.4g}"
    return Gate("beats the baseline", "evaluate", condition, ahead > 0, message, model[key])


def kpis(kpis: Iterable[Kpi], model: Values, no_ml: Values) -> list[dict[str, Any]]:
    """Every KPI with its estimate from the model's metrics and from the baseline's, where they exist."""
    return [_kpi(kpi, model, no_ml) for kpi in kpis]


def _kpi(kpi: Kpi, model: Values, no_ml: Values) -> dict[str, Any]:
    value, without = _estimate(kpi, model), _estimate(kpi, no_ml)
    reached, without_reached = _reaches(kpi, value), _reaches(kpi, without)
    found = {"value": value, "no_ml": without, "reached": reached, "no_ml_reached": without_reached}
    return kpi.model_dump(mode="json") | found


def _estimate(kpi: Kpi, values: Values) -> float | None:
    if not values:
        return None
    try:
        found = float(parse(kpi.estimate).evaluate(values))
    except ExpressionError:
        return None  # a metric without a value (0 samples of a class): shown as not estimated
    return found if math.isfinite(found) else None


def _reaches(kpi: Kpi, value: float | None) -> bool | None:
    if value is None:
        return None
    return value <= kpi.target if kpi.direction == "minimize" else value >= kpi.target


def meets(conditions: Sequence[str], values: Values) -> bool:
    """Whether an approach meets all success criteria on the validation split."""
    return all(gate.passed for gate in success(conditions, values, "train"))


def milestones(
    items: Iterable[Milestone], history: Sequence[tuple[str, datetime.date, Values]]
) -> list[dict[str, Any]]:
    """Each milestone against the runs so far, `(run id, date, metric values)`, oldest first."""
    return [_milestone(item, history) for item in items]


def _milestone(item: Milestone, history: Sequence[tuple[str, datetime.date, Values]]) -> dict[str, Any]:
    first = next(((run, day) for run, day, values in history if meets([item.expect], values)), None)
    today = history[-1][1] if history else datetime.date.today()
    if first and first[1] <= item.date:
        status = "met"
    elif first:
        status = "met late"
    else:
        status = "open" if today <= item.date else "missed"
    return item.model_dump(mode="json") | {"status": status, "first_met": first[0] if first else None}
