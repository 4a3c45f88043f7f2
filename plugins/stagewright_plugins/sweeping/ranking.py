"""Finished trials in order: those that keep every limit, best first, and the front that no other beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stagewright.stages.sweep import Finished, Parameter

from .counting import MEASURED
from .drawing import settings
from .goals import Goal
from .job import feasible


def best_first(trials: Iterable[Any], goals: Sequence[Goal]) -> list[Any]:
    """Complete trials inside all limits, by the first objective; equal ones by their number."""
    from optuna.trial import TrialState

    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE and feasible(trial)]
    return sorted(complete, key=lambda trial: (-oriented(trial.values, goals)[0], trial.number))


def front(ranked: Sequence[Any], goals: Sequence[Goal]) -> list[Any]:
    """Those that no other beats in one objective without losing in another; of equal ones the first."""
    found: list[Any] = []
    for trial in sorted(
        ranked, key=lambda one: (*(-value for value in oriented(one.values, goals)), one.number)
    ):
        own = oriented(trial.values, goals)
        if not any(
            all(a >= b for a, b in zip(oriented(other.values, goals), own, strict=True)) for other in found
        ):
            found.append(trial)
    return found


def oriented(values: Sequence[float], goals: Sequence[Goal]) -> tuple[float, ...]:
    """Objective values so that larger is better."""
    return tuple(
        value if goal.direction == "maximize" else -value for value, goal in zip(values, goals, strict=True)
    )


def finished(trial: Any, space: Sequence[Parameter]) -> Finished:
    """A trial as the report and ensembles see it."""
    return Finished(
        trial.number,
        settings(trial.params, space),
        values_of(trial),
        str(trial.user_attrs[MEASURED]["fingerprint"]),
    )


def values_of(trial: Any) -> dict[str, float]:
    """What a trial measured; values that are not finite are left out."""
    kept = trial.user_attrs.get(MEASURED, {}).get("values", {})
    return {name: value for name, value in kept.items() if value is not None}
