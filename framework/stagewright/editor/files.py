"""Where the schemas of a project lie, and writing them there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from stagewright.editor.choices import Choices
from stagewright.editor.plugins import Plugins
from stagewright.editor.recipes import Documents
from stagewright.editor.values import Schema
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.recipe.recipe import RECIPES, search
from stagewright.store import HOME

FOLDER = Path(HOME) / "schema"  # below the project; modelines in its files lead here


def documents(project: Path) -> Documents:
    """The schemas of a project: its own plugins and presets, and the installed ones."""
    folders = [folder for folder in search(project / RECIPES, project) if folder.is_dir()]
    return Documents(Plugins(Registry(project)), Choices(folders))


def write(schemas: Iterable[tuple[str, Schema]], folder: Path) -> list[Path]:
    """One file for each, `train/model.json`; a file that says the same already is left alone.

    Raises:
        StagewrightError: a file cannot be written.
    """
    written = []
    for name, schema in schemas:
        path = folder / f"{name}.json"
        text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"
        try:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, text)
        except OSError as error:
            raise StagewrightError(f"{path}: cannot be written: {error.strerror}") from error
        written.append(path)
    return written


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: an editor reads it at any moment."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
