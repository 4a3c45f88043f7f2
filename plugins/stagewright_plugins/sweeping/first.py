"""The recipe's own settings as the first trial: what its author believes in is measured before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stagewright.stages.sweep import Choice, Parameter
from stagewright.wording import shown

from .drawing import contains, encoded


def first(own: Mapping[str, Any], ordered: Sequence[Parameter]) -> tuple[dict[str, Any], list[str]]:
    """The recipe's own settings as a trial draws them, and what of them is left to the sampler, and why.

    Args:
        own: what the recipe has at swept keys, as their domains write it.
        ordered: the space, every parameter after those that its condition reads.
    """
    params: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    left = []
    for one in ordered:
        if not one.holds(settings):
            continue
        if one.key not in own:
            left.append(f"it has no {one.key}")
            continue
        value = own[one.key]
        kept = encoded(value) if isinstance(one.domain, Choice) else value
        if contains(one.domain, kept):
            params[one.key], settings[one.key] = kept, value
        else:
            named = value.get("type", value) if isinstance(value, Mapping) else value
            left.append(f"its {one.key}, {shown(named)}, is not among what is searched")
    return params, left
