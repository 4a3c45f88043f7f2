"""All combinations of what swept keys may be, and those that a study has had."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import Any

from stagewright.stages.sweep import Choice, Parameter

from .counting import LOST, SURPLUS, WARM
from .drawing import decoded, distribution, encoded, in_order

Params = Mapping[str, Any]  # as Optuna keeps them


def combinations(
    space: Sequence[Parameter], values: Callable[[Parameter], Sequence[Any]], most: int
) -> list[Params] | None:
    """Every combination of `values`, without keys whose condition does not hold; None for more than `most`."""
    found: list[tuple[Params, Mapping[str, Any]]] = [({}, {})]
    for one in in_order(space):
        listed = values(one)
        grown: list[tuple[Params, Mapping[str, Any]]] = []
        for params, settings in found:
            if not one.holds(settings):
                grown.append((params, settings))
                continue
            grown += [
                ({**params, one.key: value}, {**settings, one.key: decoded(one, value)}) for value in listed
            ]
            if len(grown) > most:
                return None
        found = grown
    return list({key_of(params): params for params, _ in found}.values())


def every_value(parameter: Parameter, most: int) -> list[Any] | None:
    """What a parameter may be, as Optuna keeps it; None where that has no end, or is more than `most`."""
    domain, kind = parameter.domain, distribution(parameter.domain)
    if isinstance(domain, Choice):
        return [encoded(value) for value in domain.values]
    if not kind.step:
        return None
    count = round((kind.high - kind.low) / kind.step) + 1
    return [stepped(kind, i) for i in range(count)] if count <= most else None


def stepped(kind: Any, index: int) -> Any:
    """A step of a distribution's numbers, as Optuna itself draws it: 3 x 0.1 is not above 0.3."""
    return min(kind.low + index * kind.step, kind.high)


def counts(trial: Any) -> bool:
    """Whether a trial takes its settings off a list: not if it was lost, for then another stands for it."""
    attributes = trial.user_attrs
    failed = trial.state.name == "FAIL" and (LOST in attributes or SURPLUS in attributes)
    return not failed and WARM not in attributes


def failures(
    trials: Iterable[Any], name: Callable[[Params], Hashable], forgiven: Container[int]
) -> dict[Hashable, float]:
    """How often the settings that trials took did nothing but fail, by name; infinite for what is not tried again.

    Once nothing is left that no trial has, those that failed least are next, if all their failures are forgiven.
    """
    found: dict[Hashable, float] = {}
    for trial in filter(counts, trials):
        key = name(params_of(trial))
        again = trial.state.name == "FAIL" and trial.number in forgiven
        found[key] = found.get(key, 0) + (1 if again else math.inf)
    return found


def params_of(trial: Any) -> Params:
    """What a trial has drawn, or will be told to draw."""
    return dict(trial.system_attrs.get("fixed_params", trial.params)) | trial.params


def key_of(params: Params) -> tuple[Any, ...]:
    """Equal for equal settings."""
    return tuple(sorted((name, str(type(value)), value) for name, value in params.items()))
