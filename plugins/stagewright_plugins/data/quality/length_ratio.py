"""How long a translation is beside its source."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.texts.view import PairView


@data.quality(suspicious="both", low=0, level="pair")
def length_ratio(view: PairView, /) -> float:
    """Characters of the translation per character of the source."""
    return len(view.target) / max(1, len(view.source))
