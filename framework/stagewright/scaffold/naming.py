"""Names that a new file may have."""

from __future__ import annotations

import keyword

from stagewright.errors import RecipeError


def named(name: str, what: str) -> str:
    """The name, if it can be one.

    Raises:
        RecipeError: it is no identifier (so it is never a path), is a word of Python, or begins as private files do.
    """
    if keyword.iskeyword(name):
        raise RecipeError(f"{name!r} cannot name a {what}: it is a keyword of Python; choose another")
    if not name.isidentifier() or not name.isascii() or len(name) > 60:
        raise RecipeError(f"{name[:80]!r} cannot name a {what}: use letters, digits and `_`, a letter first")
    if name.startswith(("_", "test_")):
        raise RecipeError(
            f"{name!r} cannot name a {what}: names with `_` or `test_` in front are for files of your own"
        )
    return name
