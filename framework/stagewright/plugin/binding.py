"""What a recipe says of a plugin, held against its settings and bound to it: all problems at once.

A setting that is itself a plugin is validated by its own `type:`, so error paths equal config paths.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from stagewright.contract import Component, Contract, Default
from stagewright.errors import Problem
from stagewright.keypath import KeyPath, dotted, problem
from stagewright.nearest import suggestion
from stagewright.plugin.defaults import blamed, wrong_default
from stagewright.plugin.settings import Setting, metadata, settings_of
from stagewright.plugin.validation import validated
from stagewright.wording import shown, type_name

if TYPE_CHECKING:
    from stagewright.plugin.registry import Plugin, Registry

MAX_NAME = 100  # characters; names become file names


def bind(
    registry: Registry,
    kind: str,
    value: Any,
    path: KeyPath,
    problems: list[Problem],
    default_type: str | None = None,
    skip: frozenset[str] = frozenset(),
) -> Component[Any, Any] | None:
    """A recipe mapping as a component; adds to `problems` and returns None where it cannot be one.

    `skip` names keys that belong to somebody else (`objective.baseline` is a step of its own).
    """
    from stagewright.plugin.registry import PluginError

    value = {"type": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        what = f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} plugin"
        problems.append(problem(path, f"expected a mapping with `type:` ({what}), got {shown(value)}"))
        return None
    name = value.get("type", default_type)
    if not isinstance(name, str) or len(name) > MAX_NAME:
        known = ", ".join(plugin.name for plugin in registry.names(kind))
        what = "missing `type:`" if name is None else f"`type:` must be a name, got {shown(name)}"
        problems.append(problem((*path, "type"), f"{what}; {kind} plugins: {known}"))
        return None
    try:
        plugin = registry.load(kind, name)
        settings = settings_of(plugin.function)
    except PluginError as error:
        problems.append(problem((*path, "type"), str(error)))
        return None
    except (TypeError, NameError, SyntaxError) as error:
        problems.append(problem((*path, "type"), f"{kind} plugin {name!r}: {error}"))
        return None
    given = {str(key): item for key, item in value.items() if key != "type" and key not in skip}
    before = len(problems)
    for key in given.keys() - settings.keys():
        if given[key] is None and _of_another(registry, kind, key):
            continue
        near = _deeper(registry, settings, given, path, key) or suggestion(key, settings, "setting")
        problems.append(problem((*path, key), f"unknown setting of {kind} plugin {name!r}, {near}"))
    bound = {
        item.name: _value(
            registry, plugin, item, given.get(item.name, item.default), path, problems, item.name in given
        )
        for item in settings.values()
        if item.name in given or not _missing(item, kind, name, path, problems)
    }
    if len(problems) == before:
        problems += _sums(settings, bound, path)
        problems += _contradictions(plugin.mark.facts, bound, path)
    if len(problems) > before:
        return None
    return Component(kind, name, bound, plugin.function, plugin.mark.facts)


def _of_another(registry: Registry, kind: str, key: str) -> bool:
    """Whether another plugin of a kind has such a setting: then `null` takes back what a file below says for that one.

    Hydra unites mappings: a file laid over another can name another plugin, and cannot take a key away.
    """
    return any(key in _names_of_settings(registry, kind, found.name) for found in registry.names(kind))


def _names_of_settings(registry: Registry, kind: str, name: str) -> Collection[str]:
    """Of a plugin that nobody asked for: what is wrong with it is not said here."""
    from stagewright.plugin.registry import PluginError

    try:
        return settings_of(registry.load(kind, name).function).keys()
    except (PluginError, TypeError, NameError, SyntaxError):
        return ()


def _deeper(
    registry: Registry, settings: Mapping[str, Setting], given: Mapping[str, Any], path: KeyPath, key: str
) -> str:
    """Where an unknown setting really stands, if it is one of a plugin or a mapping further down."""
    from stagewright.plugin.deeper import deeper

    found = deeper(registry, settings, given, key)
    return f"it stands deeper: write {dotted((*path, *found))}" if found else ""


def _sums(settings: Mapping[str, Setting], bound: Mapping[str, Any], path: KeyPath) -> Iterator[Problem]:
    for total in sorted({item.sums_to for item in settings.values() if item.sums_to is not None}):
        parts = {name: bound[name] for name, item in settings.items() if item.sums_to == total}
        found = sum(parts.values())
        if abs(found - total) > 1e-6:
            said = " + ".join(f"{name} {value:g}" for name, value in parts.items())
            wrong = problem(path, f"{said} is {found:g}; they must sum to {total:g}")
            yield replace(wrong, together=tuple((*path, name) for name in parts))


def _contradictions(facts: Any, bound: Mapping[str, Any], path: KeyPath) -> list[Problem]:
    """What a plugin that declares `contradictions` finds wrong between settings that are right each for itself."""
    find = getattr(facts, "contradictions", None)
    return [problem((*path, *where), said) for where, said in find(bound)] if find else []


def _missing(item: Setting, kind: str, name: str, path: KeyPath, problems: list[Problem]) -> bool:
    if item.required:
        wanted = f"{item.kind} plugin" if item.kind else type_name(item.annotation)
        needs = f"needs a value ({wanted})"
        problems.append(problem((*path, item.name), f"missing: {kind} plugin {name!r} {needs}"))
    return item.required


def _value(
    registry: Registry,
    plugin: Plugin,
    item: Setting,
    value: Any,
    path: KeyPath,
    problems: list[Problem],
    given: bool,
) -> Any:
    here = (*path, item.name)
    if item.kind:
        return _plugins(registry, item, value, here, problems)
    if given:
        wrong: list[Problem] = []
        said, value = value, validated(item.annotation, value, here, wrong)
        problems += blamed(plugin, item, said, wrong)
        problems += _inside(registry, value, here)
    else:
        problems += wrong_default(plugin, item, here)
    if (item.input_path or item.output_path) and isinstance(value, Path | str) and registry.project:
        value = registry.project / value  # relative paths start at the project
    return value


def _inside(registry: Registry, value: Any, path: KeyPath) -> list[Problem]:
    """What is wrong with plugins that a settings model names: fields marked with a contract hold a plugin's spec."""
    found: list[Problem] = []
    if isinstance(value, BaseModel):
        for name, item in type(value).model_fields.items():
            kind = next((mark.name for mark in item.metadata if isinstance(mark, Contract)), None)
            inner = getattr(value, name)
            if kind is None:
                found += _inside(registry, inner, (*path, name))
            else:
                bind(registry, kind, inner, (*path, name), found)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            found += _inside(registry, inner, (*path, i))
    return found


def _plugins(registry: Registry, item: Setting, value: Any, here: KeyPath, problems: list[Problem]) -> Any:
    assert item.kind
    value = _undefault(value)
    if value is None and item.optional:
        return None
    if item.many is list:
        if not isinstance(value, list | tuple):
            problems.append(problem(here, f"expected a list of {item.kind} plugins, got {shown(value)}"))
            return None
        problems += _too_few(item, value, here)
        return [bind(registry, item.kind, part, (*here, i), problems) for i, part in enumerate(value)]
    if item.many is dict:
        if not isinstance(value, Mapping):
            problems.append(problem(here, f"expected a mapping of {item.kind} plugins, got {shown(value)}"))
            return None
        return {str(k): bind(registry, item.kind, v, (*here, str(k)), problems) for k, v in value.items()}
    if isinstance(value, Mapping) and "type" not in value and isinstance(item.default, Default):
        value = {**_undefault(item.default), **value}  # settings of the plugin that stands there anyway
    return bind(registry, item.kind, value, here, problems)


def _too_few(item: Setting, value: Sequence[Any], here: KeyPath) -> Iterator[Problem]:
    """A list of plugins held against the lengths of its setting's `Field`."""
    for limit in (
        part for found in metadata(item.annotation) for part in getattr(found, "metadata", [found])
    ):
        least, most = getattr(limit, "min_length", None), getattr(limit, "max_length", None)
        if least is not None and len(value) < least:
            yield problem(here, f"needs {least} or more {item.kind} plugins, got {len(value)}")
        if most is not None and len(value) > most:
            yield problem(here, f"takes at most {most} {item.kind} plugins, got {len(value)}")


def _undefault(value: Any) -> Any:
    """`use("cosine", warmup=3)` as the mapping a recipe would hold."""
    if isinstance(value, Default):
        return {"type": value.type} | {k: _undefault(v) for k, v in value.settings.items()}
    if isinstance(value, Component):
        return value.spec()
    if isinstance(value, list | tuple):
        return [_undefault(part) for part in value]
    return value


def walk(component: Component[Any, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Component[Any, Any]]]:
    """A component and every component inside its settings, with config paths."""
    yield path, component
    for name, value in component.settings.items():
        yield from _walk_value(value, (*path, name))


def _walk_value(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Component[Any, Any]]]:
    if isinstance(value, Component):
        yield from walk(value, path)
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _walk_value(item, (*path, i))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk_value(item, (*path, str(key)))
