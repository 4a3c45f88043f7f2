"""New files, all of them or none, and never over an old one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stagewright.errors import RecipeError, StagewrightError


def write(root: Path, files: Mapping[str, str]) -> list[Path]:
    """Write files below a folder; gives their paths.

    Raises:
        RecipeError: one of them is there already, or would lie outside of the folder (links followed).
        StagewrightError: the folder cannot be written.
    """
    root = root.resolve()
    paths = {root / name: text for name, text in files.items()}
    for path in paths:
        if os.path.lexists(path):
            raise RecipeError(f"{_shown(path)} is there already; nothing was written")
        if not path.resolve().is_relative_to(root):
            raise RecipeError(f"{_shown(path)} leads out of {root}; nothing was written")
    try:
        for path, text in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise StagewrightError(f"{error.filename} cannot be written: {error.strerror}") from error
    return list(paths)


def _shown(path: Path) -> str:
    return os.path.relpath(path)
