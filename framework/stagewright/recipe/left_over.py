"""Settings that a preset says for a plugin, dropped where another plugin was put in its place.

A preset is a file of a config group. What the recipe or an override says is never dropped: it is an error that
names both plugins (`placing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from stagewright.keypath import KeyPath
from stagewright.recipe.defaults_list import file_named
from stagewright.recipe.locate import Locator
from stagewright.recipe.recipe import RecipeFile

# (config path, package it is put under, its content)
Preset = tuple[str, str, Mapping[str, Any]]


def dropped(
    config: DictConfig, presets: Sequence[Preset], file: RecipeFile, overrides: Sequence[str]
) -> tuple[KeyPath, ...]:
    """Take what is left over out of a composition, in place; gives the keys."""
    plain = unresolved(config)
    swapped = {
        path for _, package, said in presets for path in _swapped(said, plain, tuple(package.split(".")))
    }
    if not swapped:
        return ()
    sources = {str(file_named(file, name)) for name, _, _ in presets}
    locator = Locator(file, overrides)
    keys = [
        (*path, key)
        for path in sorted(swapped)
        for key, child in locator.node(path).children.items()
        if child.meant_for and child.place.source in sources
    ]
    for path in keys:
        _remove(config, path)
    return tuple(keys)


def unresolved(config: Any) -> dict[str, Any]:
    """Values as they are written, interpolations too."""
    return OmegaConf.to_container(config, resolve=False)  # type: ignore[return-value]


def _swapped(said: Mapping[str, Any], plain: Any, package: KeyPath) -> Iterator[KeyPath]:
    """Where a preset says a plugin and the recipe has another one."""
    now = plain
    for key in package:
        now = now.get(key) if isinstance(now, Mapping) else None
    if not isinstance(now, Mapping):
        return
    if "type" in said and said["type"] != now.get("type"):
        yield package
        return
    for key, inner in said.items():
        if isinstance(inner, Mapping):
            yield from _swapped(inner, plain, (*package, str(key)))


def _remove(config: DictConfig, path: KeyPath) -> None:
    node: Any = config
    for key in path[:-1]:
        node = node._get_node(key)
    with open_dict(node):
        node.pop(path[-1], None)
