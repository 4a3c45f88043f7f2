"""data.quality: a number, or numbers by name, inside the declared range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.imaging.view import ImageView
from stagewright_plugins.rehearsals._small import discs, pairs
from stagewright_plugins.texts.language import Profiles
from stagewright_plugins.texts.view import PairView

VIEWS = 4


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Measures discs on noise, and a flat picture, which has no contrast to divide by; or texts, and an empty one."""
    found = []
    for view in _pairs() if plugin.facts.level == "pair" else _pictures(bench.seed):
        value = plugin(view)
        values = dict(value) if isinstance(value, Mapping) else {"": value}
        for name, number in values.items():
            _inside(plugin.facts, name, float(number))
        found.append({name: repr(float(number)) for name, number in values.items()})
    return found


def _pictures(seed: int) -> Iterator[ImageView]:
    import numpy as np

    pictures, masks = discs(VIEWS, seed)
    pictures[-1] = np.uint8(90)
    for picture, mask in zip(pictures, masks, strict=True):
        yield ImageView(picture, mask, ("background", "disc"))


def _pairs() -> Iterator[PairView]:
    profiles = Profiles.learned(pairs())
    for source, target in (*pairs()[:VIEWS], ("", "")):
        yield PairView(source, target, profiles)


def _inside(facts: Any, name: str, number: float) -> None:
    where = f"{name or 'it'} is {number}"
    assert facts.low is None or not number < facts.low, f"{where}, below the declared {facts.low}"
    assert facts.high is None or not number > facts.high, f"{where}, above the declared {facts.high}"
