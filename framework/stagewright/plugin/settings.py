"""A plugin's signature as its schema: every setting that a recipe may say, and its type.

Keyword-only parameters are settings; the one positional parameter belongs to the framework.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from stagewright.contract import Contract, InputPath, LiveMasks, OutputPath, SumsTo, WithoutEffect
from stagewright.frozen import frozen

# Settings with these names would shadow what a mapping in a recipe already means.
RESERVED = frozenset({"type"})


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
    marks = metadata(annotation)
    kind, many, optional = _plugin_kind(annotation)
    return Setting(
        parameter.name,
        annotation,
        parameter.default,
        kind,
        many,
        optional,
        any(isinstance(item, WithoutEffect) for item in marks),
        any(isinstance(item, InputPath) for item in marks),
        any(isinstance(item, OutputPath) for item in marks),
        any(isinstance(item, LiveMasks) for item in marks),
        next((item.total for item in marks if isinstance(item, SumsTo)), None),
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


def metadata(annotation: Any) -> tuple[Any, ...]:
    """What stands beside a type in `Annotated`, in each part of a union."""
    if get_origin(annotation) is Annotated:
        return annotation.__metadata__  # type: ignore[no-any-return]
    if get_origin(annotation) in (Union, UnionType):
        return tuple(item for part in get_args(annotation) for item in metadata(part))
    return ()


def _plugin_kind(annotation: Any) -> tuple[str | None, type | None, bool]:
    """(kind, how many, optional) of an annotation that names a contract."""
    for item in metadata(annotation):
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


def marked_settings(function: Callable[..., Any], mark: type) -> list[str]:
    """Names of a plugin's settings whose annotation carries a mark."""
    return [
        item.name
        for item in settings_of(function).values()
        if any(isinstance(found, mark) for found in metadata(item.annotation))
    ]
