"""Swept parameters in Optuna's words and back: what a trial draws, and what it is called in a recipe."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.expression import parse
from stagewright.stages.sweep import Choice, Interval, Parameter


def in_order(space: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """Every parameter after those that its condition reads; raises StagewrightError for a circle."""
    ordered: list[Parameter] = []
    left = list(space)
    while left:
        waiting = {_name(parameter) for parameter in left}
        ready = [one for one in left if not one.when or not parse(one.when).names & (waiting - {_name(one)})]
        if not ready:
            keys = ", ".join(one.key for one in left)
            raise StagewrightError(f"sweep.params: the conditions of {keys} wait for one another")
        ordered += ready
        left = [one for one in left if one not in ready]
    return tuple(ordered)


def _name(parameter: Parameter) -> str:
    return parameter.key.replace("/", ".")


def endless(domain: Interval) -> bool:
    """Whether its values are too many to list: no step, or whole numbers on a logarithmic scale."""
    return domain.log if domain.whole else not domain.step


def distribution(domain: Choice | Interval) -> Any:
    """The Optuna distribution of a domain."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(domain, Choice):
        return CategoricalDistribution([encoded(value) for value in domain.values])
    if domain.whole:
        step = int(domain.step or 1)
        low, high = math.ceil(domain.low), math.floor(domain.high)
        return IntDistribution(low, low + (high - low) // step * step, log=domain.log, step=step)
    if domain.step:
        return FloatDistribution(domain.low, _last(domain.low, domain.high, domain.step), step=domain.step)
    return FloatDistribution(domain.low, domain.high, log=domain.log)


def _last(low: float, high: float, step: float) -> float:
    """The last step inside an interval; in decimals, as Optuna counts steps: 3 x 0.3 is 0.9."""
    first, width = Decimal(str(low)), Decimal(str(step))
    return float(first + (Decimal(str(high)) - first) // width * width)


def encoded(value: Any) -> Any:
    """A choice as Optuna keeps it: mappings and lists as JSON text."""
    return value if value is None or isinstance(value, str | int | float | bool) else json.dumps(value)


def decoded(parameter: Parameter, kept: Any) -> Any:
    """The value that the recipe lists, for what Optuna keeps."""
    if isinstance(parameter.domain, Interval):
        return int(kept) if parameter.domain.whole else float(kept)
    values = parameter.domain.values
    same = [value for value in values if type(encoded(value)) is type(kept) and encoded(value) == kept]
    return same[0] if same else next(value for value in values if encoded(value) == kept)


def settings(params: Mapping[str, Any], space: Sequence[Parameter]) -> dict[str, Any]:
    """What a trial was run with, by config path, in the order of the space."""
    return {one.key: decoded(one, params[one.key]) for one in space if one.key in params}


def drawn(trial: Any, ordered: Sequence[Parameter]) -> dict[str, Any]:
    """Let a trial suggest what its conditions ask for; a key whose condition does not hold is left out."""
    found: dict[str, Any] = {}
    for one in ordered:
        if one.holds(found):
            found[one.key] = decoded(one, _suggested(trial, one))
    return found


def _suggested(trial: Any, parameter: Parameter) -> Any:
    kind = distribution(parameter.domain)
    if isinstance(parameter.domain, Choice):
        return trial.suggest_categorical(parameter.key, kind.choices)
    if parameter.domain.whole:
        return trial.suggest_int(parameter.key, kind.low, kind.high, step=kind.step, log=kind.log)
    return trial.suggest_float(parameter.key, kind.low, kind.high, step=kind.step, log=kind.log)


def fits(params: Mapping[str, Any], ordered: Sequence[Parameter]) -> bool:
    """Whether these are settings that this space could have drawn: every key it asks for, and no other."""
    found: dict[str, Any] = {}
    for one in ordered:
        if not one.holds(found):
            continue
        if one.key not in params or not contains(one.domain, params[one.key]):
            return False
        found[one.key] = decoded(one, params[one.key])
    return found.keys() == params.keys()


def contains(domain: Choice | Interval, kept: Any) -> bool:
    """Whether what Optuna keeps for a parameter lies in its domain."""
    kind = distribution(domain)
    if isinstance(domain, Choice):
        return kept in kind.choices
    if isinstance(kept, bool) or not isinstance(kept, int | float) or not kind.low <= kept <= kind.high:
        return False
    on_step = kind.step is None or math.isclose(
        (kept - kind.low) / kind.step, round((kept - kind.low) / kind.step)
    )
    return bool(on_step)
