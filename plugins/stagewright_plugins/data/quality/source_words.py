"""How many words a text has."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.texts.view import PairView


@data.quality(suspicious="high", low=0, unit="words", level="pair")
def source_words(view: PairView, /) -> float:
    """Words of the source, without placeholders."""
    return float(len(view.words))
