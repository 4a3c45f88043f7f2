"""What a plugin's signature says of one key of a recipe: type, limits, choices, default, doc, and where it stands."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from stagewright import lifecycle
from stagewright.contract import Default
from stagewright.errors import Place
from stagewright.frozen import frozen
from stagewright.keypath import KeyPath
from stagewright.registry import PluginError, Registry
from stagewright.settings import Setting, settings_of
from stagewright.wording import shown, type_name

# JSON Schema's words for limits, in those of a person.
LIMITS = {
    "minimum": ">= {}", "exclusiveMinimum": "> {}", "maximum": "<= {}", "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}", "minLength": "{} or more characters", "maxLength": "at most {} characters",
    "pattern": "matches {}", "minItems": "{} or more items", "maxItems": "at most {} items",
    "minProperties": "{} or more keys",
}  # fmt: skip
# What a recipe says besides its sections.
EXTRAS = {
    "name": (str, "names the recipe's runs, packages and live requests; the file's name if not said"),
    "description": (str, "what the recipe is for, in a line"),
    "seed": (int, "all randomness derives from it; 0 if not said"),
}


@frozen
class Meaning:
    """What a key is.

    Attributes:
        type: as a reader would write it; empty where nobody declares one.
        default: what holds where nobody says it; None where it must be said, or there is none.
        default_at: where the default is written.
        keys: what may stand below it.
    """

    type: str = ""
    limits: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    doc: str = ""
    default: str | None = None
    default_at: Place | None = None
    keys: tuple[str, ...] = ()


def meaning(registry: Registry, config: Mapping[str, Any], path: KeyPath) -> Meaning | None:
    """What the plugins that a recipe names say of a key; None where it is nobody's."""
    if len(path) == 1 and path[0] in EXTRAS:
        kind, doc = EXTRAS[str(path[0])]
        return Meaning(type_name(kind), doc=doc)
    for section in sorted(
        (*lifecycle.STEPS, lifecycle.SWEEP, lifecycle.TRACKING), key=lambda item: -len(item.at)
    ):
        if path[: len(section.at)] == section.at:
            value = _at(config, section.at)
            rest = path[len(section.at) :]
            if section.items and (isinstance(value, list) or (rest and isinstance(rest[0], int))):
                value, rest = {section.items: value}, (section.items, *rest)
            return _of_plugin(registry, section.contract.name, value, rest, section.default)
    return None


def settings_meant(registry: Registry, kind: str, name: str) -> dict[str, Meaning]:
    """What each setting of a plugin is, in order; raises PluginError where it cannot be loaded."""
    function = registry.load(kind, name).function
    found = (
        (item.name, _of_setting(registry, function, item, None, ()))
        for item in settings_of(function).values()
    )
    return {setting: meant for setting, meant in found if meant}


def _of_plugin(
    registry: Registry, kind: str, value: Any, path: KeyPath, default: str | None = None
) -> Meaning | None:
    """What stands at `path` below a plugin of a kind, of which the recipe says `value`."""
    names = tuple(found.name for found in registry.names(kind))
    name = (
        value
        if isinstance(value, str)
        else value.get("type", default)
        if isinstance(value, Mapping)
        else default
    )
    if path == ("type",):
        return Meaning(
            f"name of {kind} plugin", choices=names, default=default, doc=_doc(registry, kind, name)
        )
    try:
        settings = settings_of(registry.load(kind, str(name)).function) if name else {}
    except (PluginError, TypeError, NameError):
        settings = {}  # what is wrong with the plugin, `check` says
    if not path:
        return Meaning(
            f"{kind} plugin", choices=names, doc=_doc(registry, kind, name), keys=("type", *settings)
        )
    setting = settings.get(str(path[0]))
    if setting is None:
        return None
    function = registry.load(kind, str(name)).function
    below = value.get(path[0]) if isinstance(value, Mapping) else None
    return _of_setting(registry, function, setting, below, path[1:])


def _of_setting(
    registry: Registry, function: Callable[..., Any], setting: Setting, value: Any, path: KeyPath
) -> Meaning | None:
    fallback = None if setting.required else _spoken(setting.default)
    place = parameter_place(function, setting.name)
    if setting.kind and not (setting.many and not path):
        if setting.many:
            value, path = _at(value, path[:1]), path[1:]
        below = value if value is not None else setting.default
        if isinstance(below, Default):
            below = {"type": below.type, **below.settings}
        found = _of_plugin(registry, setting.kind, below, path)
        if path or not found or setting.many:
            return found
        return _with(found, fallback, place, _described(setting.annotation))
    if setting.kind:
        names = tuple(item.name for item in registry.names(setting.kind))
        many = "list" if setting.many is list else "mapping"
        return Meaning(
            f"{many} of {setting.kind} plugins", (), names, _described(setting.annotation), fallback, place
        )
    found = _of_annotation(setting.annotation, path)
    return found if path or not found else _with(found, fallback, place, _described(setting.annotation))


def _with(found: Meaning, default: str | None, place: Place | None, doc: str) -> Meaning:
    return Meaning(found.type, found.limits, found.choices, doc or found.doc, default, place, found.keys)


def _of_annotation(annotation: Any, path: KeyPath) -> Meaning | None:
    """A type without plugins: models by field, lists by index, mappings by key."""
    models = [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    if not path:
        keys = tuple(_alias(name, field) for model in models for name, field in model.model_fields.items())
        return Meaning(
            type_name(annotation),
            _limits(annotation),
            _choices(annotation),
            _described(annotation),
            keys=keys,
        )
    for model in models:
        for name, field in model.model_fields.items():
            if _alias(name, field) == path[0]:
                inner: Any = Annotated[field.annotation, field]
                found = _of_annotation(inner, path[1:])
                if path[1:] or not found:
                    return found
                fallback = (
                    None if field.is_required() else _spoken(field.get_default(call_default_factory=True))
                )
                return _with(found, fallback, _field_place(model, name), field.description or "")
    for part in _parts(annotation):
        args = [item for item in get_args(part) if item is not Ellipsis]
        if get_origin(part) in (list, tuple) and args and isinstance(path[0], int):
            return _of_annotation(args[0], path[1:])
        if get_origin(part) is dict:
            return _of_annotation(args[1], path[1:])
    return Meaning() if Any in _parts(annotation) else None


def _alias(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _parts(annotation: Any) -> Iterator[Any]:
    """An annotation without `Annotated`, each part of a union by itself."""
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif get_origin(annotation) in (list, tuple, dict) or not get_args(annotation):
        yield annotation
    elif "Union" in str(get_origin(annotation)):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation


def _limits(annotation: Any) -> tuple[str, ...]:
    try:
        found = TypeAdapter(annotation).json_schema()
    except (PydanticUserError, PydanticInvalidForJsonSchema, NameError):
        return ()  # a type that JSON has no words for has no limits in them
    told = [found, *found.get("anyOf", ())]
    return tuple(
        dict.fromkeys(word.format(part[key]) for part in told for key, word in LIMITS.items() if key in part)
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    found = [part for part in _parts(annotation) if "Literal" in str(get_origin(part))]
    named = tuple(str(item) for part in found for item in get_args(part))
    return named or (("true", "false") if bool in _parts(annotation) else ())


def _described(annotation: Any) -> str:
    for item in getattr(annotation, "__metadata__", ()):
        if text := getattr(item, "description", None):
            return str(text)
    return next((found for part in get_args(annotation) if (found := _described(part))), "")


def _doc(registry: Registry, kind: str, name: Any) -> str:
    try:
        function = registry.load(kind, str(name)).function if name else None
    except PluginError:
        return ""
    return (inspect.getdoc(function) or "").split("\n", 1)[0] if function else ""


def _spoken(default: Any) -> str:
    """A default as a recipe would say it."""
    if default is PydanticUndefined:
        return ""
    if isinstance(default, Default):
        settings = "".join(f", {key}: {_spoken(value)}" for key, value in default.settings.items())
        return f"{{type: {default.type}{settings}}}" if settings else default.type
    if isinstance(default, BaseModel):
        return "its own defaults"
    if isinstance(default, list | tuple):
        return f"[{', '.join(map(_spoken, default))}]"
    if isinstance(default, bool) or default is None:
        return {True: "true", False: "false", None: "null"}[default]
    return (
        default if isinstance(default, str) and default else shown(default) if default == "" else str(default)
    )


def parameter_place(function: Callable[..., Any], name: str) -> Place | None:
    """Where a parameter of a plugin is written; None where there is no source."""
    found = _source(function)
    if found is None:
        return None
    path, first, tree = found
    arguments = (
        item for node in ast.walk(tree) if isinstance(node, ast.arguments) for item in node.kwonlyargs
    )
    return next(
        (Place(path, first + item.lineno - 1, item.col_offset + 1) for item in arguments if item.arg == name),
        None,
    )


def _field_place(model: type[BaseModel], name: str) -> Place | None:
    for base in model.__mro__:
        found = _source(base) if issubclass(base, BaseModel) and base is not BaseModel else None
        for node in ast.walk(found[2]) if found else ():
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id == name
            ):
                return Place(found[0], found[1] + node.lineno - 1, node.col_offset + 1)  # type: ignore[index]
    return None


def _source(thing: Any) -> tuple[str, int, ast.Module] | None:
    """File, first line and syntax tree of a function or class that stands at the top of its file."""
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(thing) if callable(thing) else thing)
        return inspect.getsourcefile(thing) or "", first, ast.parse("".join(lines))
    except (OSError, TypeError, SyntaxError):
        return None


def _at(value: Any, path: KeyPath) -> Any:
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list | tuple) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value
