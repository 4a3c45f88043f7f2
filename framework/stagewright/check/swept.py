"""What a `sweep` section searches: which section each swept key belongs to, and whether all of them fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagewright import lifecycle
from stagewright.check.pinned import pinned, pins
from stagewright.check.swept_conditions import Space, values_of, wrong
from stagewright.check.swept_twice import said_twice
from stagewright.check.swept_values import Check, Variants, marks, probed
from stagewright.contract import Component
from stagewright.errors import Problem, RecipeError
from stagewright.keypath import keys_of, problem, value_at
from stagewright.stages.sweep import Choice, Parameter
from stagewright.sweep.origin import Origin
from stagewright.sweep.space import AT, read
from stagewright.sweep.sweep_plan import SECTION, SweepPlan, owner, upstream

FIXED = ("name", "description", "tracking", "sweep", "hydra")


def searched(
    config: Mapping[str, Any],
    component: Component[Any, Any],
    present: frozenset[str],
    origin: Origin | None,
    check: Check,
) -> tuple[SweepPlan | None, list[Problem]]:
    """What the bound `sweep` section searches, and everything wrong with it.

    `present` are the sections that the recipe has; `check` gives the errors of a recipe without a sweep.
    """
    base = {key: value for key, value in config.items() if key != SECTION}
    return _Held(base, component, present, origin, check).searched()


@dataclass
class _Held:
    base: Mapping[str, Any]
    component: Component[Any, Any]
    present: frozenset[str]
    origin: Origin | None
    check: Check
    problems: list[Problem] = field(default_factory=list)

    def searched(self) -> tuple[SweepPlan | None, list[Problem]]:
        params = self.component.settings.get("params") or {}
        measure = str(self.component.settings.get("measure", "train"))
        if not params:
            self.problems.append(
                problem(AT, "nothing to search: name the settings to vary, and what they may be")
            )
        if measure not in self.present:
            said = f"the recipe has no section {measure!r} to measure"
            self.problems.append(problem((SECTION, "measure"), said))
        options = self.origin.options if self.origin else lambda _: []
        space, problems = read(params, options)
        self.problems += problems
        if not space or self.problems:
            return None, self.problems
        self.groups = frozenset(item.key for item in space if self._is_group(item))
        self.variants = Variants(self.base, self.groups, self.origin)
        needed = upstream(measure, self.present)
        pinned_keys = pins(space, self.origin)
        sections = {item.key: self._sections(item, measure, needed) for item in space}
        self._fits({item.key: item for item in space})
        if self.problems:
            return None, self.problems
        space = pinned(space, self.base, self.origin)
        searched = [item.key for item in space if item.key not in pinned_keys]
        swept = frozenset(name for key in searched for name in sections[key])
        return SweepPlan(space, self.groups, measure, swept, needed, self.origin), self.problems

    def _fits(self, space: Space) -> None:
        for item in space.values():
            if said := wrong(item, space):
                self._add(item, said, "when")
        if self.problems:
            return
        for item in space.values():
            for said in said_twice(item, space, self.variants):
                self._add(item, said)
        if self.problems:
            return
        known = marks(self.check(self.base))
        for item in space.values():
            for said in probed(item, space, self.variants, self.check, known):
                self._add(item, said)

    # ---- where a key belongs --------------------------------------------------------------------

    def _is_group(self, item: Parameter) -> bool:
        key, domain = item.key, item.domain
        known = "/" in key or ("." not in key and self.origin and self.origin.options(key))
        named = isinstance(domain, Choice) and all(isinstance(value, str) for value in domain.values)
        return bool(known) and named

    def _sections(self, item: Parameter, measure: str, needed: frozenset[str]) -> frozenset[str]:
        """The sections that a parameter changes; notes why it is none that is measured."""
        if item.key == "seed":
            seeded = {section.name for section in lifecycle.STEPS if not section.declarative}
            return needed & seeded
        first = str(keys_of(item.key)[0]) if keys_of(item.key) else ""
        if first in FIXED:
            self._add(item, f"{first!r} cannot be swept: nothing that is measured depends on it")
            return frozenset()
        if "/" in item.key or item.key in self.groups:
            return self._of_group(item) & needed
        section = owner(item.key)
        if section and section in self.present and section not in needed:
            said = f"has no part in what is measured: a trial ends with `{measure}`"
            later = section in upstream("compress", self.present) | {"compress"}
            self._add(item, said + ("; write measure: compress" if later and measure == "train" else ""))
        return frozenset({section} if section else ()) & needed

    def _of_group(self, item: Parameter) -> frozenset[str]:
        if self.origin is None:
            self._add(item, "config groups are swept from a recipe's file only")
            return frozenset()
        if not self.origin.options(item.key):
            self._add(item, f"there is no config group {item.key!r}; a setting is written with dots")
            return frozenset()
        first = self.variants.config({})
        found: set[str] = set()
        for value in values_of(item):
            try:
                other = self.variants.config({item.key: value})
            except RecipeError as error:
                self._add(item, f"with {value}: " + "; ".join(each.message for each in error.problems[:1]))
                continue
            found |= {
                section.name
                for section in lifecycle.STEPS
                if value_at(first, section.at) != value_at(other, section.at)
            }
        return frozenset(found)

    def _add(self, item: Parameter, message: str, leaf: str = "") -> None:
        path = (*AT, item.key, leaf) if leaf else (*AT, item.key)
        self.problems.append(problem(path, message))
