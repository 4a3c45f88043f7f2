"""Every plugin that can be named, what it says of itself, and which cannot be loaded."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any

from stagewright import lifecycle
from stagewright.explain.annotation import Meaning
from stagewright.explain.signature import settings_meant
from stagewright.frozen import frozen
from stagewright.plugin.registry import Found, PluginError, Registry
from stagewright.plugin.settings import settings_of


@frozen
class Entry:
    """One plugin.

    Attributes:
        error: why it cannot be loaded; empty where it can.
        doc: of its function, or of its module.
        settings: what each setting is, by name.
        required: names of settings that a recipe must say.
        facts: what it declares on its mark, where that is not the default.
    """

    found: Found
    error: str = ""
    doc: str = ""
    settings: Mapping[str, Meaning] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    facts: str = ""


def entries(registry: Registry, kind: str = "") -> list[Entry]:
    """Every plugin of a kind, or of all; one that is broken is an entry with its error, the rest go on."""
    kinds = [kind] if kind else list(lifecycle.contracts())
    return [entry(registry, found) for name in kinds for found in registry.names(name)]


def entry(registry: Registry, found: Found) -> Entry:
    """One plugin, loaded."""
    try:
        plugin = registry.load(found.kind, found.name)
        known = settings_of(plugin.function)
        settings = settings_meant(registry, found.kind, found.name)
    except PluginError as error:
        return Entry(found, str(error))
    except (TypeError, NameError) as error:
        return Entry(found, f"{found.path}: {error}")
    doc = inspect.getdoc(plugin.function) or inspect.getdoc(inspect.getmodule(plugin.function)) or ""
    required = tuple(setting.name for setting in known.values() if setting.required)
    return Entry(found, "", doc, settings, required, _declared(plugin.mark.facts))


def _declared(facts: Any) -> str:
    """Facts that differ from what a plugin declares by saying nothing."""
    usual = type(facts)()
    said = {item.name: getattr(facts, item.name) for item in fields(facts)}
    told = {
        name: value for name, value in said.items() if value != getattr(usual, name) and not callable(value)
    }
    return ", ".join(f"{name}: {_words(value)}" for name, value in told.items())


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
