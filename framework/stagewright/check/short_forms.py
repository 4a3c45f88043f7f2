"""Lists in place of sections: written out for checking, and problems folded back to where the recipe says the value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stagewright import lifecycle
from stagewright.errors import Problem
from stagewright.keypath import dotted


def spelled_out(given: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe without Hydra's own node, lists in place of sections written out."""
    config = {key: value for key, value in given.items() if key != "hydra"}
    for section in lifecycle.STEPS:
        if section.items and isinstance(config.get(section.name), list | tuple):
            config[section.name] = {section.items: config[section.name]}
    return config


def at_home(given: Mapping[str, Any], item: Problem) -> Problem:
    """A problem at the key where the recipe says the value: lists in place of sections folded back."""
    path = item.path
    for section in lifecycle.STEPS:
        listed = isinstance(given.get(section.name), list | tuple)
        if listed and section.items and path[:2] == (section.name, section.items):
            path = (section.name, *path[2:])
    return item if path == item.path else replace(item, key=dotted(path), path=path)
