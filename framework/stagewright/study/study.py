"""A recipe's study seen from outside: how it stands, and its best settings as an overlay that a run takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.check.check import Checked
from stagewright.check.declared import quiet_context
from stagewright.check.loading import Loaded
from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.plan.plan import Planner
from stagewright.plan.walk import Walk
from stagewright.stages.sweep import Inputs, Standing
from stagewright.study.trial import RecipeTrial, trial
from stagewright.sweep.sweep_plan import SECTION, owner


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


@frozen
class Overlay:
    """What to lay over a recipe to get another one.

    Attributes:
        values: for a file that is united with the recipe.
        removed: keys that such a file cannot take back: overrides `~key`.
    """

    values: Mapping[str, Any]
    removed: tuple[str, ...]


def overlay(base: Mapping[str, Any], wanted: Mapping[str, Any], checked: Checked) -> Overlay:
    """Lay over `base` what makes it `wanted`, which `checked` is checked from.

    A key that `wanted` has no more is given its plugin's default; where the plugin there has no such setting, `null`
    takes it back, and so it does a section.
    """
    values, removed = _differing(base, wanted), []
    for path in _removed(base, wanted):
        value = _taken_back(path, checked)
        if value is _NO_WORD:
            removed.append(".".join(path))
        else:
            node = values
            for key in path[:-1]:
                node = node.setdefault(key, {})
            node[path[-1]] = value
    return Overlay(values, tuple(removed))


_NO_WORD = object()


def _differing(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        if key in base and isinstance(value, Mapping) and isinstance(base[key], Mapping):
            if inner := _differing(base[key], value):
                found[key] = inner
        elif key not in base or base[key] != value:
            found[key] = value
    return found


def _removed(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for key, value in base.items():
        if key not in wanted:
            yield (key,)
        elif isinstance(value, Mapping) and isinstance(wanted[key], Mapping):
            yield from ((key, *rest) for rest in _removed(value, wanted[key]))


def _taken_back(path: tuple[str, ...], checked: Checked) -> Any:
    """What a file says for a key that is to be as if it were not said."""
    if any(path == section.at for section in (*lifecycle.STEPS, lifecycle.TRACKING)):
        return None
    section = owner(".".join(path))
    names = [name for name in checked.components if section and lifecycle.step_section(name).name == section]
    if not names:
        return _NO_WORD
    node: Any = checked.components[names[0]]
    for key in path[len(lifecycle.step_section(section).at) : -1]:
        node = node.settings.get(key) if isinstance(node, Component) else None
    if not isinstance(node, Component):
        return _NO_WORD
    return node.spec().get(path[-1])
