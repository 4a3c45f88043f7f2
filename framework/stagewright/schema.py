"""A plugin's signature as its schema: validate settings strictly, all problems at once, and bind them.

Keyword-only parameters are settings; the one positional parameter belongs to the framework. Only what a
recipe says is validated while checking (defaults are held against their own types by the plugin tests).
A setting that is itself a plugin is validated by its own `type:`, so error paths equal config paths.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError

from stagewright.contract import (
    Component,
    Contract,
    Default,
    InputPath,
    LiveMasks,
    OutputPath,
    SumsTo,
    WithoutEffect,
)
from stagewright.errors import Problem
from stagewright.frozen import frozen
from stagewright.nearest import suggestion

if TYPE_CHECKING:
    from stagewright.registry import Registry

KeyPath = tuple[str | int, ...]
# Settings with these names would shadow what a mapping in a recipe already means.
RESERVED = frozenset({"type"})
MAX_NAME = 100  # characters; names become file names


@frozen
class Setting:
    """One keyword-only parameter of a plugin.

    Attributes:
        kind: contract name if the setting is a plugin (or a list or mapping of plugins), else None.
        many: `list`, `dict` or None: how the plugins are held.
        default: `inspect.Parameter.empty` where the recipe must say a value.
        sums_to: what this setting and all others of the plugin with the same mark must sum to.
    """

    name: str
    annotation: Any
    default: Any
    kind: str | None = None
    many: type | None = None
    optional: bool = False
    without_effect: bool = False
    input_path: bool = False
    output_path: bool = False
    live_masks: bool = False
    sums_to: float | None = None

    @property
    def required(self) -> bool:
        """Whether the recipe must say it."""
        return self.default is inspect.Parameter.empty


@cache
def settings_of(function: Callable[..., Any]) -> dict[str, Setting]:
    """All settings of a plugin, in order; raises TypeError for a signature no recipe could fill."""
    positional, settings = [], {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            settings[parameter.name] = _setting(function, parameter)
        else:
            positional.append(parameter)
    if len(positional) != 1 or positional[0].kind is inspect.Parameter.VAR_POSITIONAL:
        raise TypeError("takes exactly one positional parameter, then keyword-only settings after `*`")
    if taken := RESERVED & settings.keys():
        raise TypeError(f"a setting cannot be named {', '.join(sorted(taken))}")
    return settings


def _setting(function: Callable[..., Any], parameter: inspect.Parameter) -> Setting:
    annotation = _resolved(function, parameter)
    metadata = _metadata(annotation)
    kind, many, optional = _plugin_kind(annotation)
    return Setting(
        parameter.name,
        annotation,
        parameter.default,
        kind,
        many,
        optional,
        any(isinstance(item, WithoutEffect) for item in metadata),
        any(isinstance(item, InputPath) for item in metadata),
        any(isinstance(item, OutputPath) for item in metadata),
        any(isinstance(item, LiveMasks) for item in metadata),
        next((item.total for item in metadata if isinstance(item, SumsTo)), None),
    )


def _resolved(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Annotations written as strings are resolved in the plugin's own module."""
    if parameter.annotation is inspect.Parameter.empty:
        raise TypeError(f"setting {parameter.name!r} has no type")
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    scope = inspect.unwrap(function)
    module = inspect.getmodule(scope)
    return eval(parameter.annotation, vars(module) if module else {})  # the plugin's own source text


def _metadata(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return annotation.__metadata__  # type: ignore[no-any-return]
    if get_origin(annotation) in (Union, UnionType):
        return tuple(item for part in get_args(annotation) for item in _metadata(part))
    return ()


def _plugin_kind(annotation: Any) -> tuple[str | None, type | None, bool]:
    """(kind, how many, optional) of an annotation that names a contract."""
    for item in _metadata(annotation):
        if isinstance(item, Contract):
            return item.name, None, NoneType in get_args(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plugin_kind(args[0])
    if origin in (Union, UnionType):
        parts = [_plugin_kind(part) for part in args if part is not NoneType]
        kind, many, _ = next((part for part in parts if part[0]), (None, None, False))
        return kind, many, NoneType in args
    if (
        origin in (list, tuple, dict)
        and args
        and (inner := _plugin_kind(args[-1 if origin is dict else 0])[0])
    ):
        return inner, dict if origin is dict else list, False
    return None, None, False


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
    from stagewright.registry import PluginError

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
        what = f"unknown setting of {kind} plugin {name!r}"
        problems.append(problem((*path, key), f"{what}, {suggestion(key, settings, 'setting')}"))
    bound = {
        item.name: _value(
            registry, item, given.get(item.name, item.default), path, problems, item.name in given
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
        value = validated(item.annotation, value, here, problems)
        problems += _inside(registry, value, here)
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
        part for found in _metadata(item.annotation) for part in getattr(found, "metadata", [found])
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


def validated(annotation: Any, value: Any, path: KeyPath, problems: list[Problem]) -> Any:
    """`value` held strictly against a type, as JSON, so that YAML lists fit tuples and text fits dates.

    Lax mode would silently turn "3" into 3 and "yes" into True.
    """
    try:
        text = json.dumps(value, default=_text)
        return _adapter(annotation).validate_json(text, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        problems += [
            _from_pydantic(annotation, item, path) for item in details if not _follows(item, details)
        ]
    except (ValueError, TypeError, RecursionError) as error:
        problems.append(problem(path, f"cannot be read: {error}"))
    return None


def _text(value: Any) -> str:
    """What JSON has no form for, as text: dates, paths."""
    if isinstance(value, bytes):
        raise TypeError("binary data; write text or numbers")
    return str(value)


def _follows(item: Any, details: Sequence[Any]) -> bool:
    """Whether a list is too short only because parts of it are wrong."""
    inside = (other for other in details if len(other["loc"]) > len(item["loc"]))
    return item["type"] == "too_short" and any(
        other["loc"][: len(item["loc"])] == item["loc"] for other in inside
    )


_adapters: dict[int, tuple[Any, TypeAdapter[Any]]] = {}


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    """One adapter per annotation object; annotations with pydantic fields are not hashable."""
    key = id(annotation)
    if key not in _adapters:
        try:
            adapter = TypeAdapter(annotation)
        except PydanticUserError as error:
            raise ValueError(f"its type {type_name(annotation)} has no schema: {error}") from error
        _adapters[key] = (annotation, adapter)  # kept, so that the id stays taken
    return _adapters[key][1]


# What pydantic says of JSON, in the words of a recipe.
_YAML_WORDS = (
    ("a valid array", "a list"),
    ("an object", "a mapping"),
    ("tuple should", "list should"),
    (" after validation", ""),
    ("value error, ", ""),
)


def _from_pydantic(annotation: Any, detail: Any, path: KeyPath) -> Problem:
    where = tuple(part for part in detail["loc"] if part != "[key]")
    here = (*path, *where)
    if detail["type"] == "extra_forbidden":
        known = {name for model in _models(annotation) for name in model.model_fields}
        return problem(here, f"unknown key, {suggestion(str(where[-1]), known, 'key')}")
    if detail["type"] == "missing":
        return problem(here, "missing: needs a value")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    for json_word, yaml_word in _YAML_WORDS:
        message = message.replace(json_word, yaml_word)
    return problem(here, f"{message}, got {shown(detail['input'])}")


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
        return [annotation, *(model for part in inner for model in _models(part))]
    return [model for part in get_args(annotation) for model in _models(part)]


def marked_settings(function: Callable[..., Any], mark: type) -> list[str]:
    """Names of a plugin's settings whose annotation carries a mark."""
    return [
        item.name
        for item in settings_of(function).values()
        if any(isinstance(found, mark) for found in _metadata(item.annotation))
    ]


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


def problem(path: KeyPath, message: str) -> Problem:
    """A problem at a config path; its place in a file is found later, once there is something to print."""
    return Problem(dotted(path), message, path=path)


def dotted(path: KeyPath) -> str:
    """`("a", 0, "b")` as `a[0].b`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def shown(value: Any, longest: int = 60) -> str:
    """A value for an error message, cut short."""
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def type_name(annotation: Any) -> str:
    """A type as a reader would write it, without its limits."""
    if get_origin(annotation) is Annotated:
        return type_name(get_args(annotation)[0])
    parts = [type_name(part) for part in get_args(annotation) if part is not Ellipsis]
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(parts)
    if get_origin(annotation) is Literal:
        return " or ".join(repr(part) for part in get_args(annotation))
    origin = get_origin(annotation) or annotation
    name = "null" if origin is NoneType else getattr(origin, "__name__", str(origin).replace("typing.", ""))
    return f"{name}[{', '.join(parts)}]" if parts else name
