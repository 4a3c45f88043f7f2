"""Keys of a recipe as paths, and problems at them."""

from __future__ import annotations

import re

from stagewright.errors import Problem

KeyPath = tuple[str | int, ...]


def problem(path: KeyPath, message: str) -> Problem:
    """A problem at a config path; its place in a file is found later, once there is something to print."""
    return Problem(dotted(path), message, path=path)


def dotted(path: KeyPath) -> str:
    """`("a", 0, "b")` as `a[0].b`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def keys_of(dotted: str) -> KeyPath:
    """`a.b[2].c` or `a.b.2.c` as its parts."""
    words = re.split(r"[.\[\]]+", dotted.strip("."))
    return tuple(int(word) if word.isdigit() else word for word in words if word)
