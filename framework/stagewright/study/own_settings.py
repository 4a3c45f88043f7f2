"""What a recipe itself has at the keys that its sweep searches: what its author believes in, before any trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.check.check import Checked
from stagewright.errors import Problem
from stagewright.keypath import NOTHING, keys_of, value_at
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.stages.sweep import Choice, Interval, Parameter
from stagewright.sweep.sweep_plan import owner


def own_settings(checked: Checked, registry: Registry) -> dict[str, Any]:
    """The recipe's value of every swept key, plugins' defaults too, as the key's domain writes it.

    A key that the recipe has no value for is left out; a value may lie outside of the domain.
    """
    return _Recipe(checked, registry).settings()


class _Recipe:
    def __init__(self, checked: Checked, registry: Registry) -> None:
        self._checked, self._registry = checked, registry
        self._specs: dict[str, Any] = {}

    def settings(self) -> dict[str, Any]:
        plan = self._checked.sweep
        assert plan is not None
        found = {}
        for item in plan.space:
            values = [as_listed(value, item.domain) for value in self._values(item) if value is not NOTHING]
            if values:
                listed = (value for value in values if _is_listed(value, item.domain))
                found[item.key] = next(listed, values[0])
        return found

    def _values(self, item: Parameter) -> Iterator[Any]:
        """What a key has: as its plugin has it, then as it is written, which is another text of a path."""
        path, section, plan = keys_of(item.key), owner(item.key), self._checked.sweep
        if plan and item.key in plan.groups:
            chosen = plan.origin.chosen(item.key) if plan.origin else None
            yield NOTHING if chosen is None else chosen
            return
        if item.key == "seed":
            yield self._checked.seed
            return
        if section:
            yield value_at(self._spec(section), path[len(lifecycle.step_section(section).at) :], NOTHING)
        yield value_at(self._checked.config, path, NOTHING)

    def _spec(self, section: str) -> Any:
        """A section's settings, defaults included; of training, those that its approaches begin with."""
        if section not in self._specs:
            known = self._checked.components.get(section)
            self._specs[section] = known.spec() if known else self._bound(section)
        return self._specs[section]

    def _bound(self, name: str) -> Any:
        section = lifecycle.step_section(name)
        given, problems = value_at(self._checked.config, section.at, NOTHING), list[Problem]()
        if given is NOTHING:
            return {}
        found = bind(self._registry, section.contract.name, given, section.at, problems, section.default)
        return found.spec() if found else {}  # what is missing there is said by every approach


def as_listed(value: Any, domain: Choice | Interval) -> Any:
    """The choice that changes nothing where a value stands; the value itself where there is none."""
    if isinstance(domain, Interval):
        return value
    return next(_meant(value, domain.values), value)


def _is_listed(value: Any, domain: Choice | Interval) -> bool:
    """Whether a value is one of a list of choices."""
    return isinstance(domain, Choice) and any(
        type(choice) is type(value) and choice == value for choice in domain.values
    )


def _meant(value: Any, choices: tuple[Any, ...]) -> Iterator[Any]:
    """Equal choices first, then a plugin by its name, then mappings that say part of it."""
    yield from (choice for choice in choices if type(choice) is type(value) and choice == value)
    yield from (choice for choice in choices if _numbers(choice, value) and choice == value)
    if isinstance(value, Mapping):
        yield from (choice for choice in choices if isinstance(choice, str) and choice == value.get("type"))
        yield from (choice for choice in choices if isinstance(choice, Mapping) and _part(choice, value))


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _part(said: Any, whole: Any) -> bool:
    """Whether laying a mapping over another changes nothing."""
    if isinstance(said, Mapping) and isinstance(whole, Mapping):
        return all(key in whole and _part(item, whole[key]) for key, item in said.items())
    if isinstance(said, str) and isinstance(whole, Mapping):
        return bool(said == whole.get("type"))
    return bool(said == (list(whole) if isinstance(whole, tuple) else whole))
