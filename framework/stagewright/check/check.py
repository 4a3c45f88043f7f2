"""A composed recipe held against the registry: names, settings, wiring and meaning; nothing is run.

All problems come at once. The declarative sections (objective, framing, metrics) are pure and light, so they
are called here: from then on the plan knows the task, the approaches, the criteria and every metric's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stagewright import lifecycle
from stagewright.check.approaches import Steps, with_approaches
from stagewright.check.conditions import wrong_conditions
from stagewright.check.declared import declared
from stagewright.check.misfits import misfits
from stagewright.check.paths import missing_paths
from stagewright.check.short_forms import at_home, spelled_out
from stagewright.check.tasks import unfit
from stagewright.check.top_level import top_level
from stagewright.check.wiring import unwired
from stagewright.contract import Component
from stagewright.errors import Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.keypath import problem, value_at
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.stages.framing import Approach, Framing
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.wording import shown

if TYPE_CHECKING:
    from stagewright.sweep.origin import Origin
    from stagewright.sweep.sweep_plan import SweepPlan


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


def check(
    config: Mapping[str, Any], registry: Registry, origin: Origin | None = None, reads: bool = True
) -> Checked:
    """Hold a composed recipe against the registry; raises RecipeError with every problem found.

    `origin` is what it was composed from: a sweep over config groups composes it anew. Without `reads` what steps
    read need not be there.
    """
    checker = _Checker(config, registry, origin, reads)
    checked = checker.checked()
    found = tuple(at_home(config, item) for item in checker.problems)
    if checked is None or any(item.severity == "error" for item in found):
        raise RecipeError(found)
    return replace(checked, warnings=found)


@dataclass
class _Checker:
    given: Mapping[str, Any]
    registry: Registry
    origin: Origin | None = None
    reads: bool = True
    problems: list[Problem] = field(default_factory=list)

    def checked(self) -> Checked | None:
        self.config = spelled_out(self.given)
        self.problems += top_level(self.config)
        components = {
            section.name: self._section(section, value_at(self.config, section.at))
            for section in lifecycle.STEPS
            if self._present(section)
        }
        outputs = declared(components, self.registry, self.problems)
        goal, framing, metrics = (outputs.get(name) for name in ("objective", "framing", "metrics"))
        tracking = self._tracking()
        if framing is not None:
            components = self._with_approaches(components, framing.approaches)
            self.problems += unfit(components, framing.task.type)
        if goal is not None and framing is not None and metrics is not None:
            keys = tuple(key for metric in metrics.metrics for key in metric.keys)
            self.problems += wrong_conditions(goal, framing, metrics)
            self.problems += misfits(components, framing.task, keys, self.registry)
        if self.reads:
            self.problems += missing_paths(components, self.registry.project)
        self.problems += unwired(components, self.config)
        self.problems += self._retraining(components.get("monitor"))
        sweep = self._sweep(components)
        if self._is_wrong() or goal is None or framing is None or metrics is None:
            return None
        known = {name: component for name, component in components.items() if component}
        name, seed = str(self.config.get("name", "recipe")), int(self.config.get("seed", 0))
        return Checked(self.given, name, seed, known, goal, framing, metrics, tracking, sweep=sweep)

    def _present(self, section: lifecycle.Section) -> bool:
        return value_at(self.config, section.at) is not None

    def _section(
        self, section: lifecycle.Section, value: Any, problems: list[Problem] | None = None
    ) -> Component[Any, Any] | None:
        problems = self.problems if problems is None else problems
        if section.items and isinstance(value, str) and not self._names(section.contract.name, value):
            said = f"expected a list, got {shown(value)}; write [{shown(value)[1:-1]}]"
            problems.append(problem(section.at, said))
            return None
        nested = {step.at[-1] for step in lifecycle.STEPS if step.at[:-1] == section.at}
        return bind(
            self.registry,
            section.contract.name,
            value,
            section.at,
            problems,
            section.default,
            skip=frozenset(nested),
        )

    def _names(self, kind: str, name: str) -> bool:
        return any(found.name == name for found in self.registry.names(kind))

    def _tracking(self) -> Component[Any, Any] | None:
        if self.config.get("tracking") is None:
            return None
        return self._section(lifecycle.TRACKING, self.config["tracking"])

    def _with_approaches(self, components: Steps, approaches: Sequence[Approach]) -> Steps:
        train = lifecycle.step_section("train")

        def bound(value: Any, problems: list[Problem]) -> Component[Any, Any] | None:
            return self._section(train, value, problems)

        return with_approaches(components, approaches, self.config.get("train") or {}, bound, self.problems)

    def _retraining(self, monitor: Component[Any, Any] | None) -> Iterable[Problem]:
        if monitor is None:
            return ()
        from stagewright.check.retrained import wrong_changes

        return list(wrong_changes(self.given, monitor, self._section, self.problems))

    def _sweep(self, components: Mapping[str, Component[Any, Any] | None]) -> SweepPlan | None:
        sweep = components.get("sweep")
        if sweep is None:
            return None
        from stagewright.check.swept import searched

        def errors(config: Mapping[str, Any]) -> list[Problem]:
            checker = _Checker(config, self.registry, reads=self.reads)
            checker.checked()
            return [at_home(config, item) for item in checker.problems if item.severity == "error"]

        present = frozenset(section.name for section in lifecycle.STEPS if self._present(section))
        plan, found = searched(self.given, sweep, present, self.origin, errors)
        self.problems += found
        return plan

    def _is_wrong(self) -> bool:
        return any(item.severity == "error" for item in self.problems)
