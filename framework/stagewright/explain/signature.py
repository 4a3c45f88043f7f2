"""What a plugin's signature says of one key of a recipe: its meaning, its default, and where that is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.contract import Default
from stagewright.explain.annotation import Meaning, described, of_annotation, spoken
from stagewright.explain.source_place import parameter_place
from stagewright.keypath import KeyPath, value_at
from stagewright.plugin.registry import PluginError, Registry
from stagewright.plugin.settings import Setting, settings_of
from stagewright.wording import type_name

# What a recipe says besides its sections.
EXTRAS = {
    "name": (str, "names the recipe's runs, packages and live requests; the file's name if not said"),
    "description": (str, "what the recipe is for, in a line"),
    "seed": (int, "all randomness derives from it; 0 if not said"),
}


def meaning(registry: Registry, config: Mapping[str, Any], path: KeyPath) -> Meaning | None:
    """What the plugins that a recipe names say of a key; None where it is nobody's."""
    if len(path) == 1 and path[0] in EXTRAS:
        kind, doc = EXTRAS[str(path[0])]
        return Meaning(type_name(kind), doc=doc)
    for section in sorted(
        (*lifecycle.STEPS, lifecycle.SWEEP, lifecycle.TRACKING), key=lambda item: -len(item.at)
    ):
        if path[: len(section.at)] == section.at:
            value = value_at(config, section.at)
            rest = path[len(section.at) :]
            if section.items and (isinstance(value, list) or (rest and isinstance(rest[0], int))):
                value, rest = {section.items: value}, (section.items, *rest)
            return _of_plugin(registry, section.contract.name, value, rest, section.default)
    return None


def settings_meant(registry: Registry, kind: str, name: str) -> dict[str, Meaning]:
    """What each setting of a plugin is, in order; raises PluginError where it cannot be loaded."""
    function = registry.load(kind, name).function
    found = (
        (item.name, _of_setting(registry, function, item, None, ()))
        for item in settings_of(function).values()
    )
    return {setting: meant for setting, meant in found if meant}


def _of_plugin(
    registry: Registry, kind: str, value: Any, path: KeyPath, default: str | None = None
) -> Meaning | None:
    """What stands at `path` below a plugin of a kind, of which the recipe says `value`."""
    names = tuple(found.name for found in registry.names(kind))
    name = (
        value
        if isinstance(value, str)
        else value.get("type", default)
        if isinstance(value, Mapping)
        else default
    )
    if path == ("type",):
        return Meaning(
            f"name of {kind} plugin", choices=names, default=default, doc=_doc(registry, kind, name)
        )
    try:
        settings = settings_of(registry.load(kind, str(name)).function) if name else {}
    except (PluginError, TypeError, NameError):
        settings = {}  # what is wrong with the plugin, `check` says
    if not path:
        return Meaning(
            f"{kind} plugin", choices=names, doc=_doc(registry, kind, name), keys=("type", *settings)
        )
    setting = settings.get(str(path[0]))
    if setting is None:
        return None
    function = registry.load(kind, str(name)).function
    below = value.get(path[0]) if isinstance(value, Mapping) else None
    return _of_setting(registry, function, setting, below, path[1:])


def _of_setting(
    registry: Registry, function: Callable[..., Any], setting: Setting, value: Any, path: KeyPath
) -> Meaning | None:
    fallback = None if setting.required else spoken(setting.default)
    place = parameter_place(function, setting.name)
    if setting.kind and not (setting.many and not path):
        if setting.many:
            value, path = value_at(value, path[:1]), path[1:]
        below = value if value is not None else setting.default
        if isinstance(below, Default):
            below = {"type": below.type, **below.settings}
        found = _of_plugin(registry, setting.kind, below, path)
        if path or not found or setting.many:
            return found
        return found.with_default(fallback, place, described(setting.annotation))
    if setting.kind:
        names = tuple(item.name for item in registry.names(setting.kind))
        many = "list" if setting.many is list else "mapping"
        return Meaning(
            f"{many} of {setting.kind} plugins", (), names, described(setting.annotation), fallback, place
        )
    found = of_annotation(setting.annotation, path)
    return found if path or not found else found.with_default(fallback, place, described(setting.annotation))


def _doc(registry: Registry, kind: str, name: Any) -> str:
    try:
        function = registry.load(kind, str(name)).function if name else None
    except PluginError:
        return ""
    return (inspect.getdoc(function) or "").split("\n", 1)[0] if function else ""
