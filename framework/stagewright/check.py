"""A composed recipe held against the registry: names, settings, wiring and meaning; nothing is run.

All problems come at once. The declarative sections (objective, framing, metrics) are pure and light, so they
are called here: from then on the plan knows the task, the approaches, the criteria and every metric's name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright import lifecycle
from stagewright.binding import MAX_NAME, bind
from stagewright.binding import walk as walk
from stagewright.checks.conditions import condition_problems as condition_problems
from stagewright.checks.misfits import misfits
from stagewright.checks.paths import missing_paths
from stagewright.context import Context
from stagewright.contract import Component
from stagewright.errors import Problem, RecipeError, StagewrightError
from stagewright.frozen import frozen
from stagewright.keypath import KeyPath, problem
from stagewright.nearest import suggestion
from stagewright.registry import Registry
from stagewright.stages.framing import Approach, Framing
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.wording import shown

if TYPE_CHECKING:
    from stagewright.origin import Origin
    from stagewright.sweep_plan import SweepPlan


@frozen
class Checked:
    """A recipe in which every name and value is known to be right.

    Attributes:
        config: the composed recipe, as plain values.
        components: by step name, in order; an approach `unet` is the step `train/unet`.
        goal, framing, metrics: what the declarative sections say.
        tracking: where the run is mirrored, or None.
        sweep: what a `sweep` section searches, or None.
        warnings: what is likely wrong, and stops nothing.
    """

    config: Mapping[str, Any]
    name: str
    seed: int
    components: Mapping[str, Component[Any, Any]]
    goal: Goal
    framing: Framing
    metrics: MetricSet
    tracking: Component[Any, Any] | None
    sweep: SweepPlan | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def metric_keys(self) -> tuple[str, ...]:
        """Every value that the listed metrics give, the leading one first."""
        return tuple(key for metric in self.metrics.metrics for key in metric.keys)

    @property
    def approaches(self) -> tuple[Approach, ...]:
        """The candidate approaches in order; one unnamed approach where the recipe lists none."""
        return self.framing.approaches or (Approach(name="train", reason="the recipe's train section"),)


def check(config: Mapping[str, Any], registry: Registry, origin: Origin | None = None) -> Checked:
    """Hold a composed recipe against the registry; raises RecipeError with every problem found.

    `origin` is what it was composed from: a sweep over config groups composes it anew.
    """
    checker = _Checker(config, registry, origin)
    checked = checker.checked()
    found = tuple(checker.at_home(item) for item in checker.problems)
    if checked is None or any(item.severity == "error" for item in found):
        raise RecipeError(found)
    return replace(checked, warnings=found)


@dataclass
class _Checker:
    given: Mapping[str, Any]
    registry: Registry
    origin: Origin | None = None
    problems: list[Problem] = field(default_factory=list)

    def checked(self) -> Checked | None:
        self.config = _spelled_out(self.given)
        self._top_level()
        components = {
            section.name: self._section(section) for section in lifecycle.STEPS if self._present(section)
        }
        outputs = self._declared(components)
        goal, framing, metrics = (outputs.get(name) for name in ("objective", "framing", "metrics"))
        tracking = self._tracking()
        if framing is not None:
            components = self._with_approaches(components, framing.approaches)
            self._fits(components, framing.task.type)
        if goal is not None and framing is not None and metrics is not None:
            keys = tuple(key for metric in metrics.metrics for key in metric.keys)
            self._conditions(goal, framing, list(keys))
            self.problems += misfits(components, framing.task, keys)
        self.problems += missing_paths(components, self.registry.project)
        self._wiring(components)
        sweep = self._sweep(components)
        if self._is_wrong() or goal is None or framing is None or metrics is None:
            return None
        known = {name: component for name, component in components.items() if component}
        name, seed = str(self.config.get("name", "recipe")), int(self.config.get("seed", 0))
        return Checked(self.given, name, seed, known, goal, framing, metrics, tracking, sweep=sweep)

    def at_home(self, item: Problem) -> Problem:
        """A problem at the key where the recipe says the value: list sugar and approaches folded back."""
        path = item.path
        for section in lifecycle.STEPS:
            if section.items and path[:2] == (section.name, section.items) and self._listed(section):
                path = (section.name, *path[2:])
        return item if path == item.path else replace(problem(path, item.message), severity=item.severity)

    # ---- structure ------------------------------------------------------------------------------

    def _top_level(self) -> None:
        allowed = {*lifecycle.SECTIONS, *lifecycle.EXTRAS}
        for key in self.config:
            if key not in allowed:
                self._add((str(key),), f"unknown section, {_near(str(key), allowed)}")
        for section in lifecycle.STEPS:
            if section.required and self.config.get(section.name) is None:
                self._add((section.name,), f"missing: a recipe needs the section `{section.name}`")
        for key, kind in (("name", str), ("description", str), ("seed", int)):
            value = self.config.get(key)
            if key in self.config and (not isinstance(value, kind) or isinstance(value, bool)):
                self._add((key,), f"expected {kind.__name__}, got {shown(value)}")
        self._name_and_seed(self.config.get("name"), self.config.get("seed"))

    def _name_and_seed(self, name: Any, seed: Any) -> None:
        if isinstance(name, str) and not name.replace("-", "_").replace(".", "_").isidentifier():
            self._add(("name",), f"a name holds letters, digits, `_`, `-`, `.` only, got {shown(name)}")
        elif isinstance(name, str) and name.startswith("."):
            self._add(
                ("name",), f"a name becomes a folder's: it does not begin with a dot, got {shown(name)}"
            )
        elif isinstance(name, str) and len(name) > MAX_NAME:
            self._add(("name",), f"a name has at most {MAX_NAME} characters, got {len(name)}")
        if isinstance(seed, int) and not 0 <= seed < 2**32:
            self._add(("seed",), f"a seed is a whole number from 0 to 4294967295, got {shown(seed)}")

    def _present(self, section: lifecycle.Section) -> bool:
        return self._at(section.at) is not None

    def _at(self, path: tuple[str, ...]) -> Any:
        value: Any = self.config
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _listed(self, section: lifecycle.Section) -> bool:
        return isinstance(self.given.get(section.name), list | tuple)

    def _section(
        self, section: lifecycle.Section, value: Any = None, at: KeyPath | None = None
    ) -> Component[Any, Any] | None:
        value = self._at(section.at) if value is None else value
        if section.items and isinstance(value, str) and not self._names(section.contract.name, value):
            self._add(section.at, f"expected a list, got {shown(value)}; write [{shown(value)[1:-1]}]")
            return None
        nested = {step.at[-1] for step in lifecycle.STEPS if step.at[:-1] == section.at}
        return bind(
            self.registry,
            section.contract.name,
            value,
            section.at if at is None else at,
            self.problems,
            section.default,
            skip=frozenset(nested),
        )

    def _names(self, kind: str, name: str) -> bool:
        return any(found.name == name for found in self.registry.names(kind))

    def _tracking(self) -> Component[Any, Any] | None:
        if self.config.get("tracking") is None:
            return None
        return self._section(lifecycle.TRACKING)

    def _sweep(self, components: Mapping[str, Component[Any, Any] | None]) -> SweepPlan | None:
        sweep = components.get("sweep")
        if sweep is None:
            return None
        from stagewright.checks.swept import searched

        def errors(config: Mapping[str, Any]) -> list[Problem]:
            checker = _Checker(config, self.registry)
            checker.checked()
            return [checker.at_home(item) for item in checker.problems if item.severity == "error"]

        present = frozenset(section.name for section in lifecycle.STEPS if self._present(section))
        plan, found = searched(self.given, sweep, present, self.origin, errors)
        self.problems += found
        return plan

    # ---- meaning --------------------------------------------------------------------------------

    def _declared(self, components: Mapping[str, Component[Any, Any] | None]) -> dict[str, Any]:
        """What the declarative sections give, as far as they can be called."""
        outputs: dict[str, Any] = {}
        context = quiet_context(self.registry)
        for section in lifecycle.STEPS:
            component = components.get(section.name)
            needs = lifecycle.wanted(section.contract)
            if not section.declarative or component is None or not needs.keys() <= outputs.keys():
                continue
            given = {name: section.contract.shown(name, outputs[name]) for name in needs}
            inputs = section.contract.takes(**given, context=context)
            try:
                outputs[section.name] = component(inputs)
            except StagewrightError as error:
                self._add(section.at, str(error))
            except Exception as error:
                self._add(
                    section.at, f"{component.type!r} fails on these settings: {type(error).__name__}: {error}"
                )
        return outputs

    def _with_approaches(
        self, components: dict[str, Component[Any, Any] | None], approaches: tuple[Approach, ...]
    ) -> dict[str, Component[Any, Any] | None]:
        """`train` becomes one step per approach: its own settings laid over the section."""
        if not approaches:
            return components
        names = [approach.name for approach in approaches]
        for i, name in enumerate(names):
            if name in names[:i]:
                self._add(
                    ("framing", "approaches", i, "name"), f"the name {name!r} is taken by another approach"
                )
        base = self.config.get("train") or {}
        steps: dict[str, Component[Any, Any] | None] = {}
        for name, component in components.items():
            if name != "train":
                steps[name] = component
                continue
            for i, approach in enumerate(approaches):
                steps[f"train/{approach.name}"] = self._approach(i, approach, base)
        return steps

    def _approach(self, index: int, approach: Approach, base: Any) -> Component[Any, Any] | None:
        own: list[Problem] = []
        default = lifecycle.step_section("train").default
        merged = overlaid({"type": default, **base} if isinstance(base, Mapping) else base, approach.train)
        outer, self.problems = self.problems, own
        component = self._section(lifecycle.step_section("train"), merged)
        self.problems = outer
        for item in own:
            at = item.path[1:]
            inside = _has(approach.train, at) and (_says(approach.train, at) or not _says(base, at))
            path = ("framing", "approaches", index, "train", *item.path[1:]) if inside else item.path
            moved = problem(path, item.message)
            if moved not in self.problems:  # the same mistake in `train` is said once, not per approach
                self.problems.append(moved)
        return component

    def _fits(self, components: Mapping[str, Component[Any, Any] | None], task: str) -> None:
        for name, component in components.items():
            if component:
                at = lifecycle.step_section(name).at
                for path, part in walk(component, at):
                    fits = getattr(part.facts, "fits", ())
                    if fits and task not in fits:
                        why = f"{part.kind} {part.type!r} does not fit the task {task!r}"
                        self._add((*path, "type"), f"{why} (fits: {', '.join(fits)})")

    def _conditions(self, goal: Goal, framing: Framing, keys: list[str]) -> None:
        self._conditions_at(("framing", "success"), enumerate(framing.success), keys)
        expected = ((i, item.expect) for i, item in enumerate(framing.milestones))
        self._conditions_at(("framing", "milestones"), expected, keys, "expect")
        estimates = ((i, kpi.estimate) for i, kpi in enumerate(goal.kpis))
        self._conditions_at(("objective", "kpis"), estimates, keys, "estimate", condition=False)

    def _conditions_at(
        self,
        path: KeyPath,
        texts: Any,
        keys: list[str],
        leaf: str = "",
        condition: bool = True,
    ) -> None:
        for index, text in texts:
            where = (*path, index, leaf) if leaf else (*path, index)
            for message in condition_problems(text, keys, condition):
                self._add(where, message)

    def _wiring(self, components: Mapping[str, Any]) -> None:
        present = {lifecycle.step_section(name).name for name in components}
        gives = present | ({"model"} if present & set(lifecycle.MODEL_GIVERS) else set())
        for section in lifecycle.STEPS:
            if section.name not in present:
                continue
            for name, needed in lifecycle.wanted(section.contract).items():
                missing = needed and name not in gives
                if missing and not lifecycle.required(name):
                    what = "train" if name == "model" else name
                    has = "leaves empty" if what in self.config else "does not have"
                    self._add(section.at, f"needs the section `{what}`, which the recipe {has}")

    def _is_wrong(self) -> bool:
        return any(item.severity == "error" for item in self.problems)

    def _add(self, path: KeyPath, message: str) -> None:
        self.problems.append(problem(path, message))


def overlaid(base: Any, over: Any) -> Any:
    """Settings laid over others: mappings merge; another `type:` replaces what was set for the old one."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    if "type" in over and over["type"] != base.get("type", over["type"]):
        return dict(over)
    return {
        **base,
        **{key: overlaid(base[key], value) if key in base else value for key, value in over.items()},
    }


def quiet_context(registry: Registry) -> Context:
    """For declarative stages: no folder to write to, nobody listening."""

    def silent(*_: Any, **__: Any) -> None: ...

    resolve: Callable[..., Component[Any, Any]] = registry.component
    return Context(Path(os.devnull), 0, silent, silent, resolve)


def _near(key: str, allowed: set[str]) -> str:
    """What may be meant by a section that there is not."""
    if key == "experiment":
        return "`+experiment=NAME` takes conf/experiment/NAME.yaml, whose first line is `# @package _global_`"
    return suggestion(key, allowed, "section")


def _spelled_out(given: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe without Hydra's own node, lists in place of sections written out."""
    config = {key: value for key, value in given.items() if key != "hydra"}
    for section in lifecycle.STEPS:
        if section.items and isinstance(config.get(section.name), list | tuple):
            config[section.name] = {section.items: config[section.name]}
    return config


def _says(value: Any, path: KeyPath) -> bool:
    """Whether exactly this key is said."""
    for key in path:
        inside = isinstance(key, int) and isinstance(value, list | tuple) and key < len(value)
        if not inside and not (isinstance(value, Mapping) and key in value):
            return False
        value = value[key]
    return True


def _has(value: Any, path: KeyPath) -> bool:
    """Whether this key is said, or would be, were it not missing."""
    for key in path:
        inside = isinstance(key, int) and isinstance(value, list | tuple) and key < len(value)
        if inside or (isinstance(value, Mapping) and key in value):
            value = value[key]
        else:
            return key == path[-1] and isinstance(value, Mapping)
    return True
