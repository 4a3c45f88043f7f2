"""Texts with a name to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NAME = "PROJECT_NAME"
FOLDER = Path(__file__).parent


def filled(path: Path, name: str) -> str:
    """A template's text with the name in its place."""
    return path.read_text(encoding="utf-8").replace(NAME, name)


def below(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Every template below a folder: where it goes, and its text.

    A leading `dot_` stands for the dot of a hidden file: a real `.gitignore` would hide templates from packaging.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            parts = (part.replace("dot_", ".") for part in path.relative_to(folder).parts)
            yield "/".join(parts).replace(NAME, name), filled(path, name)
