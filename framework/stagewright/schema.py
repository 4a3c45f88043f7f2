"""A plugin's signature as its schema: validate settings strictly, all problems at once, and bind them.

Keyword-only parameters are settings; the one positional parameter belongs to the framework. Only what a
recipe says is validated while checking (defaults are held against their own types by the plugin tests).
A setting that is itself a plugin is validated by its own `type:`, so error paths equal config paths.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError

from stagewright.contract import Component, Contract, Default, InputPath, WithoutEffect
from stagewright.errors import Problem
from stagewright.nearest import suggestion

if TYPE_CHECKING:
    from stagewright.registry import Registry

KeyPath = tuple[str | int, ...]
# Settings with these names would shadow what a mapping in a recipe already means.
RESERVED = frozenset({"type"})


@dataclass(frozen=True)
class Setting:
    """One keyword-only parameter of a plugin.

    Attributes:
        kind: contract name if the setting is a plugin (or a list or mapping of plugins), else None.
        many: `list`, `dict` or None: how the plugins are held.
        default: `inspect.Parameter.empty` where the recipe must say a value.
    """

    name: str
    annotation: Any
    default: Any
    kind: str | None = None
    many: type | None = None
    optional: bool = False
    without_effect: bool = False
    input_path: bool = False

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
        problems.append(
            problem(path, f"expected a mapping with `type:` (a {kind} plugin), got {shown(value)}")
        )
        return None
    name = value.get("type", default_type)
    if not isinstance(name, str):
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
    if len(problems) > before:
        return None
    return Component(kind, name, bound, plugin.function, plugin.mark.facts)


def _missing(item: Setting, kind: str, name: str, path: KeyPath, problems: list[Problem]) -> bool:
    if item.required:
        needs = f"needs a value ({type_name(item.annotation)})"
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
    if item.input_path and isinstance(value, Path | str) and registry.project:
        value = registry.project / value  # relative paths start at the project
    return value


def _plugins(registry: Registry, item: Setting, value: Any, here: KeyPath, problems: list[Problem]) -> Any:
    assert item.kind
    value = _undefault(value)
    if value is None and item.optional:
        return None
    if item.many is list:
        if not isinstance(value, list | tuple):
            problems.append(problem(here, f"expected a list of {item.kind} plugins, got {shown(value)}"))
            return None
        return [bind(registry, item.kind, part, (*here, i), problems) for i, part in enumerate(value)]
    if item.many is dict:
        if not isinstance(value, Mapping):
            problems.append(problem(here, f"expected a mapping of {item.kind} plugins, got {shown(value)}"))
            return None
        return {str(k): bind(registry, item.kind, v, (*here, str(k)), problems) for k, v in value.items()}
    return bind(registry, item.kind, value, here, problems)


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
        text = json.dumps(value, default=str)
        return _adapter(annotation).validate_json(text, strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False):
            problems.append(_from_pydantic(annotation, detail, path))
    except (ValueError, RecursionError) as error:
        problems.append(problem(path, f"cannot be read: {error}"))
    return None


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


def _from_pydantic(annotation: Any, detail: Any, path: KeyPath) -> Problem:
    where = tuple(part for part in detail["loc"] if part != "[key]")
    here = (*path, *where)
    if detail["type"] == "extra_forbidden":
        known = {name for model in _models(annotation) for name in model.model_fields}
        return problem(here, f"unknown key, {suggestion(str(where[-1]), known, 'key')}")
    if detail["type"] == "missing":
        return problem(here, "missing: needs a value")
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return problem(here, f"{message}, got {shown(detail['input'])}")


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
        return [annotation, *(model for part in inner for model in _models(part))]
    return [model for part in get_args(annotation) for model in _models(part)]


def problem(path: KeyPath, message: str) -> Problem:
    """A problem at a config path; its place in a file is found later, once there is something to print."""
    return Problem(dotted(path), message, path=path)


def dotted(path: KeyPath) -> str:
    """`("a", 0, "b")` as `a[0].b`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def shown(value: Any) -> str:
    """A value for an error message, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def type_name(annotation: Any) -> str:
    """A type as a reader would write it."""
    if get_origin(annotation) is Annotated:
        return type_name(get_args(annotation)[0])
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")
