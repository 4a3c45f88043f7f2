"""Searched keys that the command line gives one value: it wins, and they are not searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hydra.core.override_parser.types import Override
from pydantic import ValidationError

from stagewright.check.swept_conditions import contexts, said_at
from stagewright.errors import Problem, RecipeError
from stagewright.expression import ExpressionError, parse
from stagewright.keypath import NOTHING, keys_of, value_at
from stagewright.recipe.overrides import override_place, parsed_overrides
from stagewright.stages.sweep import Choice, Parameter, Swept
from stagewright.sweep.origin import Origin
from stagewright.sweep.space import read
from stagewright.sweep.sweep_plan import SECTION

PARAMS = f"{SECTION}.params"


def without_sweep(config: Mapping[str, Any], origin: Origin) -> tuple[Mapping[str, Any], str]:
    """A composed recipe, without its sweep where overrides leave nothing to search; and what to say of it.

    Raises RecipeError for a key that the command line both sets and searches, and for a plugin that it sets while files
    that say which are searched.
    """
    section = config.get(SECTION)
    params = section.get("params") if isinstance(section, Mapping) else None
    if not isinstance(params, Mapping):
        return config, ""
    items = parsed_overrides(origin.overrides, skip_wrong=True)
    _refuse_beside_group(params, items)
    found = _set_keys([str(key) for key in params], items, origin)
    if not found:
        return config, ""
    _refuse_both(found, items)
    said = ", ".join(dict.fromkeys(item.input_line or key for key, item in found.items()))
    if any(item.key not in found for item in pinned(_space(params, origin), config, origin)):
        return config, f"{said}: as said, not searched"
    rest = {key: value for key, value in config.items() if key != SECTION}
    return rest, f"{said}: nothing is left to search, so this run has no sweep"


def pinned(
    space: Sequence[Parameter], config: Mapping[str, Any], origin: Origin | None
) -> tuple[Parameter, ...]:
    """A space in which keys that overrides set have that value, without those whose condition can no longer hold."""
    found = _overridden([item.key for item in space], origin)
    if not found or origin is None:
        return tuple(space)
    values = {key: _value(key, item, config, origin) for key, item in found.items()}
    less = [
        replace(item, domain=Choice((values[item.key],))) if item.key in values else item for item in space
    ]
    known = {item.key: item for item in less}
    return tuple(item for item in less if not item.when or contexts(item, known, conditional=True))


def pins(space: Iterable[Parameter], origin: Origin | None) -> frozenset[str]:
    """The keys that overrides set."""
    return frozenset(_overridden([item.key for item in space], origin))


def _overridden(searched: Sequence[str], origin: Origin | None) -> dict[str, Override]:
    """The overrides that set searched keys, the last one of each."""
    if origin is None or not origin.overrides:
        return {}
    return _set_keys(searched, parsed_overrides(origin.overrides, skip_wrong=True), origin)


def _set_keys(searched: Sequence[str], items: Sequence[Override], origin: Origin) -> dict[str, Override]:
    known = {_path(key): key for key in searched}
    found: dict[str, Override] = {}
    for item in filter(_fixes, items):
        said = [_set_by(item, known, origin), *_set_inside(item, known, origin)]
        found |= {key: item for key in said if key}
    return found


def _set_by(item: Override, known: Mapping[tuple[Any, ...], str], origin: Origin) -> str:
    """The searched key that an override sets; empty where there is none.

    A plugin's key is set by its `type` and by a file of its config group, too.
    """
    _, *path = own = _path(item.key_or_group)
    key = known.get(tuple(own)) or known.get((False, *path), "")
    if not key and path[-1:] == ["type"]:
        key = known.get((False, *path[:-1]), "")
        return "" if origin.options(key) else key  # the group's files have other names
    return key


def _set_inside(item: Override, known: Mapping[tuple[Any, ...], str], origin: Origin) -> list[str]:
    """The searched keys that the value of an override says: `{type: unet, width: 8}`, or the name of a plugin."""
    value = item.value()
    if "/" in item.key_or_group or (isinstance(value, str) and origin.options(item.key_or_group)):
        return []  # a file, whose settings a search may vary
    _, *path = _path(item.key_or_group)
    inner = {key: at for (group, *at), key in known.items() if not group and at[: len(path)] == path}
    return [key for key, at in inner.items() if said_at(value, tuple(at[len(path) :])) is not NOTHING]


def _fixes(item: Override) -> bool:
    return not (item.is_delete() or item.is_sweep_override() or item.is_hydra_override())


def _path(key: str) -> tuple[Any, ...]:
    return ("/" in key, *keys_of(key))


def _value(key: str, item: Override, config: Mapping[str, Any], origin: Origin) -> Any:
    """What the key has: the name of a file from a config group, else what the recipe came to have there."""
    said = item.value()
    if isinstance(said, str) and ("/" in key or origin.options(key)):
        return said
    path = keys_of(key)
    inner = path[len(keys_of(item.key_or_group)) :]
    # What is wrong with the override is said where it is read.
    return value_at(config, path, said_at(said, inner))


def _space(params: Mapping[str, Any], origin: Origin) -> tuple[Parameter, ...]:
    """What can be read of `sweep.params`; what is wrong with the rest is said where it is checked."""
    entries: dict[str, Any] = {}
    for key, entry in params.items():
        try:
            given = Swept(**entry) if isinstance(entry, Mapping) else entry
        except (ValidationError, TypeError):
            continue
        if isinstance(given, str | list | Swept):
            entries[str(key)] = given
    return tuple(_readable(item) for item in read(entries, origin.options)[0])


def _readable(item: Parameter) -> Parameter:
    """A parameter without a condition that is none."""
    try:
        parse(item.when or "true")
    except ExpressionError:
        return replace(item, when="")
    return item


def _refuse_beside_group(params: Mapping[str, Any], items: Sequence[Override]) -> None:
    """A plugin that is set over the files of a searched group would be the same in every trial."""
    groups = {keys_of(str(key)): str(key) for key in params if "/" in str(key)}
    problems = []
    for item in items:
        path = keys_of(item.key_or_group)
        key = groups.get(path) or groups.get(path[:-1] if path[-1:] == ("type",) else path)
        if key and "/" not in item.key_or_group and _fixes(item):
            said = f"the sweep searches the files of {key!r}, which this would hide: write {key}=NAME"
            problems.append(Problem(item.key_or_group, said, override_place(item.input_line)))
    if problems:
        raise RecipeError(problems)


def _refuse_both(found: Mapping[str, Override], items: Sequence[Override]) -> None:
    problems = []
    for item in items:
        searched = item.value() if item.key_or_group == PARAMS and not item.is_delete() else None
        for key in (str(key) for key in (searched if isinstance(searched, Mapping) else ())):
            if key in found:
                said = "the command line searches it, too: leave one of the two out"
                problems.append(Problem(key, said, override_place(found[key].input_line)))
    if problems:
        raise RecipeError(problems)
