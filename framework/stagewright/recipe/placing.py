"""Problems given their places in files and overrides, in the order in which a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stagewright.errors import Place, Problem
from stagewright.recipe.locate import Locator, Node
from stagewright.recipe.recipe import RecipeFile


def placed(problems: Sequence[Problem], file: RecipeFile, overrides: Sequence[str]) -> list[Problem]:
    """Every problem with its place, in the order of the files; overrides last."""
    locator = Locator(file, tuple(overrides))
    placed = [item if item.place or not item.path else _told(item, locator) for item in problems]
    return sorted(placed, key=lambda item: _position(item.place))


def _told(item: Problem, locator: Locator) -> Problem:
    """A problem with its place, and with what only the place can tell."""
    node = locator.node(item.path)
    message = _of_another(item, node, locator) or item.message + _decoded(item, node)
    return replace(item, place=locator.place_of(item), message=message)


def _of_another(item: Problem, node: Node, locator: Locator) -> str:
    """Why a plugin does not know a setting that was said for another, in whose place it stands."""
    unknown = re.match(r"unknown setting of \S+ plugin '(\w+)'", item.message)
    if not unknown or node.meant_for is None:
        return ""
    old, new, key = node.meant_for, unknown[1], item.path[-1]
    swapped = locator.place((*item.path[:-1], "type"))
    advice = f"with ~{item.key}" if all(isinstance(part, str) for part in item.path) else "there"
    said = f"`{key}` was said for {old.text!r} ({old.place}); {new!r} ({swapped}) has no such setting"
    return f"{said}: remove it {advice}"


def _decoded(item: Problem, node: Node) -> str:
    """Where a variable of the environment should be no text, how to say so."""
    written = (node.text or "").strip()
    wants_no_text = item.message.startswith(("expected int", "input should be a valid "))
    if not wants_no_text or "a valid string" in item.message:
        return ""
    variable = re.fullmatch(r"\$\{oc\.env:[^${}]*\}", written)
    return f"; a variable is text, to read it as YAML write ${{oc.decode:{written}}}" if variable else ""


def _position(place: Place | None) -> tuple[bool, str, int, int]:
    return (
        (not place or not place.line, place.source, place.line, place.column) if place else (True, "", 0, 0)
    )
