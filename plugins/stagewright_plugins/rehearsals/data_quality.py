"""data.quality: a number, or numbers by name, inside the declared range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.imaging.view import ImageView
from stagewright_plugins.rehearsals._small import discs

PICTURES = 4


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Measures discs on noise, and a flat picture, which has no contrast to divide by."""
    import numpy as np

    pictures, masks = discs(PICTURES, bench.seed)
    pictures[-1], found = np.uint8(90), []
    for picture, mask in zip(pictures, masks, strict=True):
        value = plugin(ImageView(picture, mask, ("background", "disc")))
        values = dict(value) if isinstance(value, Mapping) else {"": value}
        for name, number in values.items():
            _inside(plugin.facts, name, float(number))
        found.append({name: repr(float(number)) for name, number in values.items()})
    return found


def _inside(facts: Any, name: str, number: float) -> None:
    where = f"{name or 'it'} is {number}"
    assert facts.low is None or not number < facts.low, f"{where}, below the declared {facts.low}"
    assert facts.high is None or not number > facts.high, f"{where}, above the declared {facts.high}"
