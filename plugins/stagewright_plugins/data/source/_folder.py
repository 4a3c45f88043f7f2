"""Files of pictures below one folder that no link leads out of."""

from __future__ import annotations

import os
from pathlib import Path

from stagewright.errors import StagewrightError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})


def subfolder(root: Path, name: str, setting: str) -> Path:
    """A folder below `root`; raises StagewrightError if there is none or it lies elsewhere."""
    folder = root / name
    if not folder.resolve().is_relative_to(root.resolve()):
        raise StagewrightError(f"data.source.{setting}: {name!r} leads out of {root}")
    if not folder.is_dir():
        raise StagewrightError(f"data.source.{setting}: there is no folder {folder}")
    return folder


def pictures(folder: Path, setting: str) -> dict[str, Path]:
    """Pictures below a folder by their path without suffix, sorted.

    Raises:
        StagewrightError: two pictures differ only in suffix, or a folder below is a link: the content of a
            linked folder would be no part of the fingerprint.
    """
    found: dict[str, Path] = {}
    for path in sorted(_walk(folder, setting)):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise StagewrightError(
                f"data.source.{setting}: {found[name].name} and {path.name} share one name"
            )
        found[name] = path
    return found


def within(path: Path, root: Path) -> Path:
    """The path itself; raises PermissionError for a link to somewhere outside `root`."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise PermissionError(f"{path.relative_to(root)} is a link out of the folder")
    return path


def _walk(folder: Path, setting: str) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        linked = [name for name in folders if (here / name).is_symlink()]
        if linked:
            raise StagewrightError(
                f"data.source.{setting}: {here / linked[0]} is a link; copy the folder instead"
            )
        found += [here / name for name in names if Path(name).suffix.lower() in SUFFIXES]
    return found
