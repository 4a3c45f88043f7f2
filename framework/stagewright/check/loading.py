"""From a recipe's name to a checked recipe: compose, check, give every problem its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagewright import lifecycle
from stagewright.check.check import Checked, check
from stagewright.check.cost import over_budget
from stagewright.errors import Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.keypath import problem
from stagewright.plugin.registry import Registry
from stagewright.recipe.compose import Composed, compose
from stagewright.recipe.recipe import RecipeFile
from stagewright.store import Store
from stagewright.sweep.origin import Origin


@frozen
class Loaded:
    """A checked recipe with everything needed to plan or run it.

    Attributes:
        note: what the command line changed beside the values it sets, a sentence; mostly empty.
    """

    file: RecipeFile
    composed: Composed
    registry: Registry
    checked: Checked
    overrides: tuple[str, ...] = ()
    note: str = ""

    @property
    def store(self) -> Store:
        """The project's store."""
        return Store(self.file.project)

    def placed(self, problems: Sequence[Problem]) -> list[Problem]:
        """Problems that were found later, each with its place."""
        return _placed(problems, self.file, self.overrides)


def load(file: RecipeFile, overrides: Sequence[str] = (), reads: bool = True) -> Loaded:
    """Compose and check a recipe; raises RecipeError with every problem, each with its place.

    Without `reads` the data that it names need not be there: what is released is used where nothing is trained.
    """
    composed = compose(file, overrides)
    registry = Registry(file.project)
    problems = list(composed.problems)
    origin = Origin(file, tuple(overrides))
    config, note = _less({"name": file.name, **composed.config}, origin)
    try:
        checked = check(config, registry, origin, reads)
    except RecipeError as error:
        problems += [item for item in error.problems if not composed.explains(item.path)]
        raise RecipeError(_placed(problems, file, overrides)) from error
    problems += _made_of_sweep(checked)
    if problems:
        raise RecipeError(_placed([*problems, *checked.warnings], file, overrides))
    costs = over_budget(checked, Store(file.project).home)
    checked = replace(checked, warnings=(*checked.warnings, *costs, *_of_its_name(file, composed, overrides)))
    if checked.warnings:
        checked = replace(checked, warnings=tuple(_placed(checked.warnings, file, overrides)))
    return Loaded(file, composed, registry, checked, tuple(overrides), note)


def _less(config: Mapping[str, Any], origin: Origin) -> tuple[Mapping[str, Any], str]:
    if not origin.overrides or not config.get(lifecycle.SWEEP.name):
        return config, ""
    from stagewright.check.pinned import without_sweep  # only where the command line meets a sweep

    return without_sweep(config, origin)


def _made_of_sweep(checked: Checked) -> list[Problem]:
    """Steps made of a sweep's models, where no sweep trains any (a sweep's own trials have no such steps)."""
    names = [approach.name for approach in checked.framing.approaches]
    followers = [
        name for name, part in checked.components.items() if getattr(part.facts, "follows_sweep", False)
    ]
    trains = [name for name in checked.components if name.partition("/")[0] == "train"]
    if not checked.sweep:
        said = "is made of what a sweep found: the recipe needs a section `sweep`"
    elif set(trains) <= set(followers):
        said = (
            "is made of models that the sweep's trials train, and nothing is left that they could: add an approach "
            "with another `train.type`"
        )
    else:
        return []
    return [
        problem(
            ("framing", "approaches", names.index(approach), "train", "type") if approach else (step, "type"),
            f"{checked.components[step].type!r} {said}",
        )
        for step in followers
        for approach in [step.partition("/")[2]]
    ]


def _of_its_name(file: RecipeFile, composed: Composed, overrides: Sequence[str]) -> list[Problem]:
    name = composed.config.get("name", file.name)
    if name == file.name:
        return []
    from stagewright.check.shared_name import shared_name  # a name that is not the file's may be a base's

    return list(shared_name(file, name, overrides))


def _placed(problems: Sequence[Problem], file: RecipeFile, overrides: Sequence[str]) -> list[Problem]:
    from stagewright.recipe.placing import placed  # only once there is something to print

    return placed(problems, file, overrides)
