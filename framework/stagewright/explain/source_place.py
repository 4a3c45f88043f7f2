"""Where a setting is written: the line of a plugin's parameter, or of a model's field, in its source."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from stagewright.errors import Place


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


def field_place(model: type[BaseModel], name: str) -> Place | None:
    """Where a field of a model is written, in the model's own class or in one it comes from."""
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
