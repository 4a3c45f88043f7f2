"""Settings laid over others: an approach's over those of `train`, a retraining's over the recipe."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any


def overlaid(base: Any, over: Any) -> Any:
    """Settings laid over others: mappings merge; another `type:` replaces what was set for the old one."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    if "type" in over and over["type"] != base.get("type", over["type"]):
        return dict(over)
    return {
        **base,
        **{key: overlaid(base[key], value) if key in base else value for key, value in over.items()},
    }


def changed(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a composed recipe with values set by dotted key."""
    plain: dict[str, Any] = copy.deepcopy(dict(config))
    for dotted, value in changes.items():
        *folders, last = dotted.split(".")
        node = plain
        for part in folders:
            below = node.get(part)
            node[part] = dict(below) if isinstance(below, Mapping) else {}
            node = node[part]
        node[last] = value
    return plain
