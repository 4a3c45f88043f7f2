"""A recipe's study seen from outside: how it stands, and its best settings as an overlay that a run takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.checks.declared import quiet_context
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.loading import Loaded
from stagewright.plan import Planner
from stagewright.stages.sweep import Inputs, Standing
from stagewright.sweep_plan import SECTION
from stagewright.trial import RecipeTrial, trial
from stagewright.walk import Walk


@frozen
class Study:
    """The study of a recipe as it is now; `standing` is None where it was not begun."""

    trial: RecipeTrial
    standing: Standing | None


def study(loaded: Loaded) -> Study:
    """Find and look at a recipe's study, running nothing; raises StagewrightError where the recipe has none."""
    checked, store = loaded.checked, loaded.store
    component = checked.components.get(SECTION)
    if component is None or checked.sweep is None:
        raise StagewrightError(
            f"the recipe {checked.name!r} has no sweep: give it a section `sweep`, or the overrides after -m"
        )
    look = getattr(component.facts, "look", None)
    if look is None:
        raise StagewrightError(f"the sweep {component.type!r} cannot be looked at while it works")
    found = trial(checked, store, _parts(loaded))
    context = quiet_context(loaded.registry)
    return Study(found, look(Inputs(checked.metrics, found, context), component.settings))


def _parts(loaded: Loaded) -> Mapping[str, Any]:
    """What the sweep's fingerprint is made of, as far as the steps before it are known."""
    planner = Planner(loaded.checked, loaded.registry, loaded.store)
    walk = Walk(planner, lambda _step, fingerprint, _parts: loaded.store.get(fingerprint)[0], explain=False)
    for step in planner.order[: planner.order.index(SECTION)]:
        walk.turn(step)
    return planner.sweep_parts(walk.prints)


def overlay(base: Mapping[str, Any], best: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What to lay over a recipe to get another one, and the keys that only an override `~key` can remove."""
    found: dict[str, Any] = {}
    for key, value in best.items():
        if key not in base or not isinstance(value, Mapping) or not isinstance(base[key], Mapping):
            if key not in base or base[key] != value:
                found[key] = value
            continue
        inner, _ = overlay(base[key], value)
        if inner:
            found[key] = inner
    return found, list(_removed(base, best))


def _removed(base: Mapping[str, Any], best: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in base.items():
        if key not in best:
            yield f"{path}{key}"
        elif isinstance(value, Mapping) and isinstance(best[key], Mapping):
            yield from _removed(value, best[key], f"{path}{key}.")
