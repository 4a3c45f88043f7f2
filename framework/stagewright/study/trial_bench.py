"""What does not change from trial to trial of a study: the steps before it, composed and checked recipes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright import lifecycle
from stagewright.check.check import Checked, check
from stagewright.errors import Problem, RecipeError
from stagewright.plan.plan import Planner
from stagewright.plan.walk import Walk
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.recipe.overlay import overlaid
from stagewright.stages.sweep import Interval
from stagewright.step.execute import handle
from stagewright.store import Hit, Store
from stagewright.sweep.sweep_plan import SECTION, without_followers

if TYPE_CHECKING:
    from stagewright.study.trial import RecipeTrial


@dataclass
class Bench:
    """What each process that does trials of a study keeps.

    Attributes:
        config: settings → the recipe of their trial; raises LookupError where a key leads nowhere.
        prints, hits: of the steps that no trial changes.
    """

    registry: Registry
    store: Store
    config: Callable[[Mapping[str, Any]], dict[str, Any]]
    memo: dict[Any, Any]
    prints: dict[str, str] = field(default_factory=dict)
    hits: dict[str, Hit] = field(default_factory=dict)
    handles: dict[str, Any] = field(default_factory=dict)  # by fingerprint, of the steps before
    known: dict[str, Checked] = field(default_factory=dict)  # recipes of trials, by what they chose

    def handle(self, step: str, hit: Hit) -> Any:
        """What a step gave."""
        if self.hits.get(step) is not hit:
            return handle(self.store, step, hit)
        if hit.fingerprint not in self.handles:
            self.handles[hit.fingerprint] = handle(self.store, step, hit)
        return self.handles[hit.fingerprint]

    def checked(self, trial: RecipeTrial, settings: Mapping[str, Any], config: Mapping[str, Any]) -> Checked:
        """The recipe `config` of a trial, checked.

        Numbers alone change no more than the schema of their own section sees.
        """
        numbers = {item.key for item in trial.space if isinstance(item.domain, Interval)}
        name = json.dumps([[key, None if key in numbers else settings[key]] for key in sorted(settings)])
        known = self.known.get(name)
        if known is None:
            self.known[name] = known = _tried(config, self.registry, trial)
            return known
        return _with_numbers(known, config, trial.plan.swept, self.registry)


_benches: dict[tuple[str, Path], Bench] = {}


def bench_of(trial: RecipeTrial) -> Bench:
    """This process's own bench for a study."""
    key = (trial.study, trial.home)
    if key not in _benches:
        _benches.clear()  # a process works on one study at a time
        _benches[key] = _made(trial)
    return _benches[key]


def _made(trial: RecipeTrial) -> Bench:
    registry, store = Registry(trial.project), Store(trial.project)
    store.home = trial.home
    bench = Bench(registry, store, _configs(trial), {})
    base = {key: value for key, value in trial.config.items() if key != SECTION}
    planner = Planner(_tried(base, registry, trial), registry, store, bench.memo)
    walk = Walk(planner, lambda _step, fingerprint, _parts: store.get(fingerprint)[0], explain=False)
    for step in planner.order:
        section = lifecycle.step_section(step).name
        if section in trial.plan.needed - trial.plan.repeated:
            walk.turn(step)
    bench.prints = {step: walk.prints[step] for step in walk.hits}
    bench.hits = walk.hits
    return bench


def _tried(config: Mapping[str, Any], registry: Registry, trial: RecipeTrial) -> Checked:
    """A trial's recipe, checked."""
    return without_followers(check(config, registry, trial.plan.origin))


def _configs(trial: RecipeTrial) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Settings → the trial's recipe; composed once for each set of choices of config groups."""
    composed: dict[str, dict[str, Any]] = {}

    def config(settings: Mapping[str, Any]) -> dict[str, Any]:
        plan = trial.plan
        if not plan.groups & settings.keys():
            return plan.config(trial.config, settings)
        choices = {key: settings[key] for key in sorted(plan.groups & settings.keys())}
        name = json.dumps(choices)
        if name not in composed:
            composed[name] = plan.config(trial.config, choices)
        rest = {key: value for key, value in settings.items() if key not in plan.groups}
        return plan.config(composed[name], rest)

    return config


def _with_numbers(
    known: Checked, config: Mapping[str, Any], swept: frozenset[str], registry: Registry
) -> Checked:
    """A checked recipe whose swept sections are those of `config`, which differs by numbers only."""
    changed = [name for name in known.components if lifecycle.step_section(name).name in swept]
    if any(lifecycle.step_section(name).declarative for name in changed):
        return check(config, registry)
    problems: list[Problem] = []
    approaches = {f"train/{approach.name}": approach.train for approach in known.framing.approaches}
    components = dict(known.components)
    for name in changed:
        section = lifecycle.step_section(name)
        given = overlaid(_below(config, section.at), approaches.get(name, {}))
        nested = frozenset(step.at[-1] for step in lifecycle.STEPS if step.at[:-1] == section.at)
        kind = section.contract.name
        if component := bind(registry, kind, given, section.at, problems, section.default, nested):
            components[name] = component
    if problems:
        raise RecipeError(problems)
    return replace(known, config=config, components=components, seed=int(config.get("seed", 0)))


def _below(config: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        config = config[key]
    return config
