"""Which project a command speaks of: the nearest folder upwards that has a `.stagewright/`."""

from __future__ import annotations

from pathlib import Path

from stagewright.store import HOME, Store


def project(start: Path | None = None) -> Path:
    """The nearest folder upwards with a store, a `plugins/` or a `recipes/` folder; else where we stand."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any((folder / name).is_dir() for name in (HOME, "recipes", "plugins")):
            return folder
    return here


def home() -> Path:
    """The store's folder of that project."""
    return Store(project()).home
