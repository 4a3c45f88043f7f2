"""A checked recipe as ordered steps: which comes when, what each is given, what its fingerprint is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from stagewright import lifecycle
from stagewright.check.check import Checked, check
from stagewright.frozen import frozen
from stagewright.plan.fingerprint import Ingredients, digest
from stagewright.plugin.registry import Registry
from stagewright.store import Store
from stagewright.sweep.sweep_plan import SECTION as SWEEP
from stagewright.sweep.sweep_plan import canonical, follows_sweep, without_followers

# The declarative sections, and where a checked recipe keeps what they say.
DECLARED = {"objective": "goal", "framing": "framing", "metrics": "metrics"}


@frozen
class Planned:
    """One step of a plan.

    Attributes:
        fingerprint: empty where it depends on which approach will be chosen.
        status: `cached`, `run`, `if needed` (a later approach) or `skipped`.
        reason: why it runs, or why not, in words.
    """

    step: str
    at: str
    plugin: str
    fingerprint: str
    status: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in the record."""
        return dict(vars(self))


@dataclass
class Planner:
    """The steps of one checked recipe; whoever walks them (`walk.py`) asks step by step."""

    checked: Checked
    registry: Registry
    store: Store
    memo: dict[Any, Any] = field(default_factory=dict)  # digests and versions, once they are known

    @cached_property
    def ingredients(self) -> Ingredients:
        """What digests the parts of fingerprints."""
        return Ingredients(self.checked.name, self.store.home, self.registry, self.memo)

    @cached_property
    def order(self) -> list[str]:
        """Steps in the order they are done: a sweep comes just before the first step that it changes."""
        steps = [name for name in self.checked.components if name != SWEEP]
        if plan := self.checked.sweep:
            first = (i for i, name in enumerate(steps) if lifecycle.step_section(name).name in plan.repeated)
            steps.insert(next(first, len(steps)), SWEEP)
        return steps

    def settled(self, settings: Mapping[str, Any]) -> Planner:
        """The plan with the settings that a sweep found laid over the recipe."""
        plan = self.checked.sweep
        assert plan is not None
        found = check(plan.config(self.checked.config, settings), self.registry, plan.origin)
        sweep = {SWEEP: self.checked.components[SWEEP]}
        whole = replace(found, components={**found.components, **sweep}, sweep=plan)
        return Planner(whole, self.registry, self.store, self.memo)

    def inputs(self, step: str, chosen: str | None) -> dict[str, str]:
        """Which earlier step each input of a step comes from; `chosen` is the train step that won."""
        section = lifecycle.step_section(step)
        names = {lifecycle.step_section(name).name: name for name in self.checked.components}
        found = {}
        for name in lifecycle.wanted(section.contract):
            giver = names.get(name)
            if name == "train" or (name == "model" and not self._compressed_before(step)):
                giver = chosen
            elif name == "model":
                giver = "compress"
            if name == SWEEP and not follows_sweep(self.checked.components[step]):
                giver = None
            if giver:
                found[name] = giver
        return found

    def _compressed_before(self, step: str) -> bool:
        """Whether the newest model, seen from a step, is the compressed one."""
        order = [section.name for section in lifecycle.STEPS]
        after = order.index(lifecycle.step_section(step).name) > order.index("compress")
        return after and "compress" in self.checked.components

    def given(self, step: str, givers: Mapping[str, str], prints: Mapping[str, str]) -> dict[str, str]:
        """What a step's inputs are, by name: the fingerprint of the step that gives one.

        What the declarative sections say is known already: there it is the content, as far as the step is shown it.
        """
        contract = lifecycle.step_section(step).contract
        declared = {name: getattr(self.checked, attribute) for name, attribute in DECLARED.items()}
        return {
            name: digest(contract.shown(name, declared[name])) if name in declared else prints[giver]
            for name, giver in givers.items()
        }

    def parts(self, step: str, inputs: Mapping[str, str]) -> dict[str, Any]:
        """What a step's fingerprint is made of; `inputs` as `given` tells them."""
        section = lifecycle.step_section(step)
        seed = None if section.declarative else self.checked.seed
        return self.ingredients.parts(self.checked.components[step], section.contract.uses, inputs, seed)

    def sweep_parts(self, prints: Mapping[str, str]) -> dict[str, Any]:
        """What a sweep's fingerprint is made of; `prints` are the fingerprints of the steps before it."""
        plan = self.checked.sweep
        assert plan is not None
        tried = without_followers(self.checked).components
        needed = [
            name for name in self.order if lifecycle.step_section(name).name in plan.needed and name in tried
        ]
        before = self.order[: self.order.index(SWEEP)]
        own = ("settings", "source", "versions")
        steps = {name: self.parts(name, {}) for name in needed if name not in before}
        givers = {name: name for name in needed if name in before and name in prints and name != "objective"}
        parts = self.parts(SWEEP, self.given(SWEEP, givers, prints))
        settings = {key: value for key, value in parts["settings"].items() if key != "params"}
        about = {"steps": {name: {key: each[key] for key in own} for name, each in steps.items()}}
        return {**parts, **about, "settings": settings, "space": canonical(plan.space)}
