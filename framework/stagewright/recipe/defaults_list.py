"""The entries of a file's defaults list, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from omegaconf import MISSING

from stagewright.errors import Place
from stagewright.frozen import frozen
from stagewright.recipe.quick_yaml import nodes
from stagewright.recipe.recipe import RecipeFile


@frozen
class DefaultEntry:
    """One entry of a defaults list: what it chooses (`options`) from which group, empty for a plain file.

    `absolute` entries start at the top, others at the group of the file they stand in.
    """

    place: Place
    group: str
    options: tuple[str, ...]
    optional: bool = False
    absolute: bool = False


def default_entries(path: Path) -> Iterator[DefaultEntry]:
    """Each entry of a file's own defaults list, `_self_` left out."""
    found = _defaults_node(path)
    if not found or not isinstance(found[1], yaml.SequenceNode):
        return
    for entry in found[1].value:
        place = _place(path, entry)
        if isinstance(entry, yaml.ScalarNode) and entry.value != "_self_":
            name = entry.value.partition("@")[0]
            yield DefaultEntry(place, "", (name.lstrip("/"),), absolute=name.startswith("/"))
        elif isinstance(entry, yaml.MappingNode):
            for key, value in entry.value:
                words = str(key.value).split() or [""]
                options = value.value if isinstance(value, yaml.SequenceNode) else [value]
                given = [str(item.value) for item in options if isinstance(item, yaml.ScalarNode)]
                named = tuple(name for name in given if name not in ("null", "~", "", MISSING))
                group = words[-1].partition("@")[0]
                absolute = group.startswith("/")
                yield DefaultEntry(place, group.lstrip("/"), named, "optional" in words, absolute)


def file_named(file: RecipeFile, name: str) -> Path | None:
    """The file of a group's option, `train/model/unet`; None where no folder of the search path has it."""
    full = f"{name.removesuffix('.yaml')}.yaml"
    return next((path for folder in file.search if (path := folder / full).is_file()), None)


def place_of_list(path: Path) -> Place:
    """Where a file's defaults list begins."""
    found = _defaults_node(path)
    return _place(path, found[0]) if found else Place(str(path), 1, 1)


def _defaults_node(path: Path) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value of a file's defaults list."""
    try:
        root = nodes(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, ValueError, RecursionError):
        return None  # what is wrong with the file is said where it is loaded
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == "defaults"), None)


def _place(path: Path, node: yaml.Node) -> Place:
    return Place(str(path), node.start_mark.line + 1, node.start_mark.column + 1)
