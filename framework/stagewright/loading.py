"""From a recipe's name to a checked recipe: compose, check, give every problem its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stagewright.check import Checked, check
from stagewright.checks.cost import over_budget
from stagewright.compose import Composed, compose
from stagewright.errors import Place, Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.keypath import problem
from stagewright.locate import Locator
from stagewright.origin import Origin
from stagewright.recipe import RecipeFile
from stagewright.registry import Registry
from stagewright.store import Store


@frozen
class Loaded:
    """A checked recipe with everything needed to plan or run it."""

    file: RecipeFile
    composed: Composed
    registry: Registry
    checked: Checked
    overrides: tuple[str, ...] = ()

    @property
    def store(self) -> Store:
        """The project's store."""
        return Store(self.file.project)


def load(file: RecipeFile, overrides: Sequence[str] = ()) -> Loaded:
    """Compose and check a recipe; raises RecipeError with every problem, each with its place."""
    composed = compose(file, overrides)
    registry = Registry(file.project)
    problems = list(composed.problems)
    try:
        checked = check({"name": file.name, **composed.config}, registry, Origin(file, tuple(overrides)))
    except RecipeError as error:
        problems += [item for item in error.problems if not composed.explains(item.path)]
        raise RecipeError(_placed(problems, file, overrides)) from error
    problems += _without_sweep(checked)
    if problems:
        raise RecipeError(_placed([*problems, *checked.warnings], file, overrides))
    costs = over_budget(checked, Store(file.project).home)
    checked = replace(checked, warnings=(*checked.warnings, *costs))
    if checked.warnings:
        checked = replace(checked, warnings=tuple(_placed(checked.warnings, file, overrides)))
    return Loaded(file, composed, registry, checked, tuple(overrides))


def _without_sweep(checked: Checked) -> list[Problem]:
    """Steps made of a sweep's models, in a recipe that has none (a sweep's own trials have none, either)."""
    if checked.sweep:
        return []
    names = [approach.name for approach in checked.framing.approaches]
    return [
        problem(
            ("framing", "approaches", names.index(approach), "train", "type") if approach else (step, "type"),
            f"{component.type!r} is made of what a sweep found: the recipe needs a section `sweep`",
        )
        for step, component in checked.components.items()
        if getattr(component.facts, "follows_sweep", False)
        for approach in [step.partition("/")[2]]
    ]


def _placed(problems: Sequence[Problem], file: RecipeFile, overrides: Sequence[str]) -> list[Problem]:
    """Every problem with its place, in the order of the files; overrides last."""
    locator = Locator(file, tuple(overrides))
    placed = [item if item.place or not item.path else _told(item, locator) for item in problems]
    return sorted(placed, key=lambda item: _position(item.place))


def _told(item: Problem, locator: Locator) -> Problem:
    """A problem with its place; where a variable of the environment should be no text, how to say so."""
    written = locator.node(item.path).text or ""
    wants_no_text = item.message.startswith(("expected int", "input should be a valid "))
    variable = re.fullmatch(r"\$\{oc\.env:[^${}]*\}", written.strip())
    decoded = f"; a variable is text, to read it as YAML write ${{oc.decode:{written.strip()}}}"
    advice = decoded if variable and wants_no_text and "a valid string" not in item.message else ""
    return replace(item, place=locator.place_of(item), message=item.message + advice)


def _position(place: Place | None) -> tuple[bool, str, int, int]:
    return (
        (not place or not place.line, place.source, place.line, place.column) if place else (True, "", 0, 0)
    )
