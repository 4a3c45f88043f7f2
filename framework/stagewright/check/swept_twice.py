"""Swept keys of which one says what another one says, too: what that tries would be hidden, and told wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagewright.check.swept_conditions import Space, contexts, said_at, spelled, values_of
from stagewright.check.swept_values import Variants
from stagewright.keypath import NOTHING, KeyPath, keys_of, value_at
from stagewright.stages.sweep import Choice, Parameter
from stagewright.wording import shown


def said_twice(item: Parameter, space: Space, variants: Variants) -> Iterator[str]:
    """What is wrong with a key that other swept keys say, too.

    A setting of a plugin beside the plugin's name says something else, and so does one that a chosen file begins with.
    """
    mine = keys_of(item.key)
    for other in space.values():
        its = keys_of(other.key)
        if its == mine and _later(item, other, list(space)):
            yield f"{other.key!r} is searched, too, and is the same key: leave one of the two out"
        if its != mine[: len(its)] or len(its) == len(mine):
            continue
        if other.key in variants.groups:
            if mine[len(its) :] == ("type",) and _differs(other, mine, variants):
                yield f"{other.key!r} is searched, too, and its files say it: leave one of the two out"
        elif (value := _hidden(item, other, mine[len(its) :], space)) is not NOTHING:
            yield f"{other.key!r} is searched, too, and says it in {shown(value)}: {_advice(item, other, mine, its)}"


def _later(item: Parameter, other: Parameter, order: list[str]) -> bool:
    """Whether it is said of this one of two equal keys: what is set over a group, else the later one."""
    if ("/" in item.key) != ("/" in other.key):
        return "/" in other.key
    return order.index(item.key) > order.index(other.key)


def _hidden(item: Parameter, other: Parameter, inner: KeyPath, space: Space) -> Any:
    """A value of the other key that says what this one sets, and with which this one is searched."""
    for value in values_of(other):
        if any(_meet(said_at(value, inner), own) for own in values_of(item)):
            less = {**space, other.key: replace(other, domain=Choice((value,)))}
            if any(other.key in context for context in contexts(item, less)):
                return value
    return NOTHING


def _meet(said: Any, own: Any) -> bool:
    """Whether two values laid over one another say the same key."""
    if said is NOTHING:
        return False
    if isinstance(said, str) and isinstance(own, str):
        return True
    said, own = spelled(said), spelled(own)
    if not isinstance(said, Mapping) or not isinstance(own, Mapping):
        return True
    return any(_meet(said[key], own[key]) for key in said.keys() & own.keys())


def _differs(group: Parameter, path: KeyPath, variants: Variants) -> bool:
    """Whether the files of a group say different things at a path."""
    found = [value_at(variants.config({group.key: value}), path) for value in values_of(group)]
    return any(value != found[0] for value in found)


def _advice(item: Parameter, other: Parameter, mine: KeyPath, its: KeyPath) -> str:
    if mine != (*its, "type"):
        return "leave it out there, or this key"
    names = ", ".join(str(value) for value in values_of(item))
    return f"leave one of the two out ({other.key!r} takes names, too: {names})"
