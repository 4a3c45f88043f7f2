"""What a type annotation says of a key: its type in a reader's words, limits, choices, doc, the keys below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from stagewright.contract import Default
from stagewright.errors import Place
from stagewright.explain.source_place import field_place
from stagewright.frozen import frozen
from stagewright.keypath import KeyPath
from stagewright.wording import shown, type_name

# JSON Schema's words for limits, in those of a person.
LIMITS = {
    "minimum": ">= {}", "exclusiveMinimum": "> {}", "maximum": "<= {}", "exclusiveMaximum": "< {}",
    "multipleOf": "a multiple of {}", "minLength": "{} or more characters", "maxLength": "at most {} characters",
    "pattern": "matches {}", "minItems": "{} or more items", "maxItems": "at most {} items",
    "minProperties": "{} or more keys",
}  # fmt: skip


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

    def with_default(self, default: str | None, at: Place | None, doc: str) -> Meaning:
        """The same with its default, where that is written, and a doc of its own (or empty)."""
        return Meaning(self.type, self.limits, self.choices, doc or self.doc, default, at, self.keys)


def of_annotation(annotation: Any, path: KeyPath) -> Meaning | None:
    """A type without plugins: models by field, lists by index, mappings by key."""
    models = [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    if not path:
        keys = tuple(_alias(name, field) for model in models for name, field in model.model_fields.items())
        return Meaning(
            type_name(annotation),
            _limits(annotation),
            _choices(annotation),
            described(annotation),
            keys=keys,
        )
    for model in models:
        for name, field in model.model_fields.items():
            if _alias(name, field) == path[0]:
                inner: Any = Annotated[field.annotation, field]
                found = of_annotation(inner, path[1:])
                if path[1:] or not found:
                    return found
                fallback = (
                    None if field.is_required() else spoken(field.get_default(call_default_factory=True))
                )
                return found.with_default(fallback, field_place(model, name), field.description or "")
    for part in _parts(annotation):
        args = [item for item in get_args(part) if item is not Ellipsis]
        if get_origin(part) in (list, tuple) and args and isinstance(path[0], int):
            return of_annotation(args[0], path[1:])
        if get_origin(part) is dict:
            return of_annotation(args[1], path[1:])
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


def described(annotation: Any) -> str:
    """What `Annotated` says of it, or of a part of it; empty where it says nothing."""
    for item in getattr(annotation, "__metadata__", ()):
        if text := getattr(item, "description", None):
            return str(text)
    return next((found for part in get_args(annotation) if (found := described(part))), "")


def spoken(default: Any) -> str:
    """A default as a recipe would say it."""
    if default is PydanticUndefined:
        return ""
    if isinstance(default, Default):
        settings = "".join(f", {key}: {spoken(value)}" for key, value in default.settings.items())
        return f"{{type: {default.type}{settings}}}" if settings else default.type
    if isinstance(default, BaseModel):
        return "its own defaults"
    if isinstance(default, list | tuple):
        return f"[{', '.join(map(spoken, default))}]"
    if isinstance(default, bool) or default is None:
        return {True: "true", False: "false", None: "null"}[default]
    return (
        default if isinstance(default, str) and default else shown(default) if default == "" else str(default)
    )
