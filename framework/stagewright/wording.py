"""Values and types in the words of an error message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def shown(value: Any, longest: int = 60) -> str:
    """A value for an error message, cut short."""
    text = repr(value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def type_name(annotation: Any) -> str:
    """A type in the words of a recipe, without its limits: a list, a mapping."""
    if get_origin(annotation) is Annotated:
        return type_name(get_args(annotation)[0])
    parts = [type_name(part) for part in get_args(annotation) if part is not Ellipsis]
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(dict.fromkeys(parts))
    if get_origin(annotation) is Literal:
        return " or ".join(repr(part) for part in get_args(annotation))
    origin = get_origin(annotation) or annotation
    name = _word(origin) or getattr(origin, "__name__", str(origin).replace("typing.", ""))
    return f"{name}[{', '.join(parts)}]" if parts else name


def _word(origin: Any) -> str:
    """What YAML calls a type of Python; empty where that is its own name."""
    if origin is NoneType:
        return "null"
    if not isinstance(origin, type) or issubclass(origin, str):
        return ""
    if issubclass(origin, Mapping | BaseModel):
        return "mapping"
    return "list" if issubclass(origin, Sequence | Set) else ""
