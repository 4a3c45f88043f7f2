"""Sections whose stage needs what another section would give, in a recipe that has none of that name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.errors import Problem
from stagewright.keypath import problem


def unwired(steps: Collection[str], config: Mapping[str, Any]) -> Iterator[Problem]:
    """What the sections of these steps need and the recipe does not have."""
    present = {lifecycle.step_section(name).name for name in steps}
    gives = present | ({"model"} if present & set(lifecycle.MODEL_GIVERS) else set())
    for section in lifecycle.STEPS:
        if section.name not in present:
            continue
        for name, needed in lifecycle.wanted(section.contract).items():
            missing = needed and name not in gives
            if missing and not lifecycle.required(name):
                what = "train" if name == "model" else name
                has = "leaves empty" if what in config else "does not have"
                yield problem(section.at, f"needs the section `{what}`, which the recipe {has}")
