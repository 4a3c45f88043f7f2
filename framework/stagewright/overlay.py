"""Settings laid over others, as an approach's over those of `train`."""

from __future__ import annotations

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
