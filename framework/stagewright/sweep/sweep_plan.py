"""What a recipe's `sweep` section means for its plan: which steps are repeated, and what a study is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright import lifecycle
from stagewright.contract import Component
from stagewright.frozen import frozen
from stagewright.keypath import keys_of
from stagewright.stages.sweep import HOW_LONG, Choice, Parameter
from stagewright.sweep.origin import Origin
from stagewright.sweep.space import laid

if TYPE_CHECKING:
    from stagewright.check.check import Checked

SECTION = "sweep"
FOLDER = "sweeps"  # below the project's store


@frozen
class SweepPlan:
    """A sweep held against its recipe.

    Attributes:
        space: the parameters, those first that others depend on.
        groups: keys of parameters that choose files of a config group.
        measure: the section after which a trial is over.
        swept: sections with a swept setting.
        needed: sections that a trial needs, `measure` among them.
        origin: to compose the recipe with other groups; None where it was not composed from a file.
    """

    space: tuple[Parameter, ...]
    groups: frozenset[str]
    measure: str
    swept: frozenset[str]
    needed: frozenset[str]
    origin: Origin | None = None

    @property
    def repeated(self) -> frozenset[str]:
        """Sections that every trial does anew: the swept ones, and what follows them."""
        return frozenset(name for name in self.needed if upstream(name, self.needed) & self.swept)

    def config(self, base: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
        """The recipe of one trial: no sweep, and `settings` laid over it.

        Sections that `base` leaves out, as a retraining does, stay out where it is composed anew.
        """
        choices = {key: str(value) for key, value in settings.items() if key in self.groups}
        found = self.origin.composed(choices) if self.origin and choices else base
        values = {key: value for key, value in settings.items() if key not in self.groups}
        out = {SECTION, *(name for name in lifecycle.SECTIONS if name not in base)}
        return laid({key: value for key, value in found.items() if key not in out}, values)


def follows_sweep(component: Component[Any, Any]) -> bool:
    """Whether a step is made of what a sweep left, as an ensemble is."""
    return bool(getattr(component.facts, "follows_sweep", False))


def without_followers(checked: Checked) -> Checked:
    """The recipe as its trials see it: without what is made of them."""
    kept = {name: part for name, part in checked.components.items() if not follows_sweep(part)}
    return replace(checked, components=kept)


def upstream(section: str, among: Iterable[str]) -> frozenset[str]:
    """A section and every section it needs, directly or not; a sweep, which is made of them, is none of these."""
    known, found, waiting = set(among) - {SECTION}, set[str](), [section]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            for item in lifecycle.wanted(lifecycle.step_section(name).contract):
                waiting += _model_givers(name) if item == "model" else [item]
    return frozenset(found)


def _model_givers(section: str) -> list[str]:
    """Where the model that a section asks for comes from: after compression, it is the compressed one."""
    order = [step.name for step in lifecycle.STEPS]
    return [name for name in lifecycle.MODEL_GIVERS if order.index(name) < order.index(section)]


def owner(key: str) -> str:
    """The section whose setting a key is; empty for what belongs to none."""
    path = keys_of(key)
    sections = sorted(lifecycle.STEPS, key=lambda item: -len(item.at))
    return next((item.name for item in sections if path[: len(item.at)] == item.at), "")


def study_name(recipe: str, parts: Mapping[str, Any]) -> str:
    """Equal for equal searches: how long they go on is left out, and so is what the search itself is made of."""
    settings = {key: value for key, value in parts["settings"].items() if key not in HOW_LONG}
    about = {**{key: parts[key] for key in ("inputs", "steps", "seed", "space")}, "settings": settings}
    return f"{recipe}-{sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()[:12]}"


def study_folder(home: Path, study: str) -> Path:
    """Where a study lies, whatever becomes of the runs that work on it."""
    return home / FOLDER / study


def canonical(space: Iterable[Parameter]) -> list[dict[str, Any]]:
    """A space as JSON: equal for equal spaces, however they were written."""
    return [
        {
            "key": item.key,
            "when": item.when,
            **(
                {"choice": list(item.domain.values)} if isinstance(item.domain, Choice) else vars(item.domain)
            ),
        }
        for item in space
    ]
