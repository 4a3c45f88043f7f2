"""A setting that was looked for one level too high: `train.lr` is `train.optimizer.lr`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from stagewright.contract import Default
from stagewright.keypath import KeyPath
from stagewright.plugin.registry import PluginError, Registry
from stagewright.plugin.settings import Setting, settings_of

DEEPEST = 4
# where, its settings by name, what the recipe says of them
Level = tuple[KeyPath, Mapping[str, Any], Mapping[str, Any]]


def deeper(
    registry: Registry, settings: Mapping[str, Setting], given: Mapping[str, Any], key: str
) -> KeyPath:
    """Where below these settings one named `key` stands, the nearest one; empty where there is none.

    `given` is what the recipe says of them: it chooses the plugins to look into.
    """
    level: list[Level] = [((), settings, given)]
    for _ in range(DEEPEST):
        level = [item for path, names, said in level for item in _below(registry, path, names, said)]
        found = next((path for path, names, _ in level if key in names), None)
        if found is not None:
            return (*found, key)
    return ()


def _below(
    registry: Registry, path: KeyPath, settings: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[Level]:
    """The settings of each plugin or mapping that stands in one of these settings."""
    for item in settings.values():
        if not isinstance(item, Setting) or item.many:
            continue
        here = (*path, item.name)
        if item.kind is None:
            fields = [name for model in _models(item.annotation) for name in model.model_fields]
            yield here, dict.fromkeys(fields), {}
            continue
        said = given.get(item.name, item.default)
        said = {"type": said.type, **said.settings} if isinstance(said, Default) else said
        said = {"type": said} if isinstance(said, str) else said
        if isinstance(said, Mapping) and isinstance(said.get("type"), str):
            try:
                yield here, settings_of(registry.load(item.kind, said["type"]).function), said
            except (PluginError, TypeError, NameError):
                continue  # what is wrong with that plugin is said where it is named


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (list, tuple, dict):
        return []  # which of several is not known
    return [model for part in get_args(annotation) for model in _models(part)]
