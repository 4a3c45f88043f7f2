"""Values held strictly against the type of a setting; what pydantic says is told in the words of a recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, PydanticUserError, TypeAdapter, ValidationError

from stagewright.errors import Problem
from stagewright.keypath import KeyPath, problem
from stagewright.nearest import suggestion
from stagewright.wording import shown, type_name


def validated(annotation: Any, value: Any, path: KeyPath, problems: list[Problem]) -> Any:
    """`value` held strictly against a type, as JSON, so that YAML lists fit tuples and text fits dates.

    Lax mode would silently turn "3" into 3 and "yes" into True.
    """
    try:
        text = json.dumps(value, default=_text)
        return _adapter(annotation).validate_json(text, strict=True)
    except ValidationError as error:
        details = _fitting(error.errors(include_url=False), value)
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


def _fitting(details: Sequence[Any], value: Any) -> list[Any]:
    """What pydantic says of a value that may be one of several kinds, at its key, and of the kind meant only."""
    told = [(detail, *_branch(detail, value)) for detail in details]
    meant = {where for detail, _, where, alone in told if where is not None and not alone}
    return [{**detail, "loc": loc} for detail, loc, where, alone in told if not (alone and where in meant)]


def _branch(detail: Any, value: Any) -> tuple[KeyPath, KeyPath | None, bool]:
    """Where it is, without the names of kinds in between; where kinds stand; whether the kind is all that is wrong."""
    loc: list[str | int] = []
    node, where = value, None
    for i, part in enumerate(detail["loc"]):
        inner = _inner(node, part)
        absent = detail["type"] == "missing" and i == len(detail["loc"]) - 1
        if inner is None and part != "[key]" and not absent:
            where = tuple(loc) if where is None else where
            continue
        node = inner[0] if inner else node
        loc.append(part)
    alone = where is not None and len(loc) == len(where) and str(detail["type"]).endswith("_type")
    return tuple(loc), where, alone


def _inner(node: Any, part: str | int) -> tuple[Any] | None:
    """What stands at a key, whose number JSON made a text, or at a place in a list."""
    if isinstance(node, Mapping):
        return next(((item,) for key, item in node.items() if key == part or str(key) == part), None)
    inside = isinstance(node, list | tuple) and isinstance(part, int) and part < len(node)
    return (node[part],) if inside else None


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
    given = detail["input"]
    alone = detail["type"] in ("list_type", "tuple_type") and isinstance(given, str)
    advice = f"; write [{shown(given)[1:-1]}]" if alone else _mapping(annotation, detail)
    return problem(here, f"{message}, got {shown(given)}{advice}")


def _mapping(annotation: Any, detail: Any) -> str:
    """How a mapping is written of which only one key must be said, where that key's value stands alone."""
    name = (detail.get("ctx") or {}).get("class_name") if detail["type"] == "model_type" else None
    model = next((model for model in _models(annotation) if model.__name__ == name), None)
    needed = [key for key, field in model.model_fields.items() if field.is_required()] if model else []
    if model is None or len(needed) != 1 or isinstance(detail["input"], list | dict):
        return ""
    try:
        model.model_validate({needed[0]: detail["input"]}, strict=True)
    except ValidationError:
        return f"; write {{{needed[0]}: ...}}"
    return f"; write {{{needed[0]}: {detail['input']}}}"


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
        return [annotation, *(model for part in inner for model in _models(part))]
    return [model for part in get_args(annotation) for model in _models(part)]
