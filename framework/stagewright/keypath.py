"""Keys of a recipe as paths, and problems at them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagewright.errors import Problem

KeyPath = tuple[str | int, ...]
NOTHING = object()  # where `None` may be what stands there


def problem(path: KeyPath, message: str) -> Problem:
    """A problem at a config path; its place in a file is found later, once there is something to print."""
    return Problem(dotted(path), message, path=path)


def dotted(path: KeyPath) -> str:
    """`("a", 0, "b")` as `a[0].b`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def keys_of(key: str) -> KeyPath:
    """`a.b[2].c`, `a.b.2.c` or the group `a/b` as its parts."""
    words = re.split(r"[./\[\]]+", key)
    return tuple(int(word) if word.isdigit() else word for word in words if word)


def value_at(value: Any, path: KeyPath, otherwise: Any = None) -> Any:
    """What stands at a path through mappings and lists; `otherwise` where nothing does."""
    for key in path:
        listed = isinstance(key, int) and isinstance(value, list | tuple) and key < len(value)
        if not listed and not (isinstance(value, Mapping) and key in value):
            return otherwise
        value = value[key]
    return value
