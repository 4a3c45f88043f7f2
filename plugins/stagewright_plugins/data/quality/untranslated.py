"""Translations that say what the source says, letter for letter."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.texts.view import PairView


@data.quality(suspicious="high", low=0, high=1, level="pair")
def untranslated(view: PairView, /) -> float:
    """1 where source and target have words and are equal but for case, else 0. Names often are, rightly."""
    return float(bool(view.words) and view.source.casefold() == view.target.casefold())
