"""Problems given their places in files and overrides, in the order in which a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stagewright.errors import Place, Problem
from stagewright.locate import Locator
from stagewright.recipe import RecipeFile


def placed(problems: Sequence[Problem], file: RecipeFile, overrides: Sequence[str]) -> list[Problem]:
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
