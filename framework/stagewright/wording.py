"""Values and types in the words of an error message."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin


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
