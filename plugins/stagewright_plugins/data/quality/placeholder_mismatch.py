"""Placeholders, tags and accelerators that a translation lost or invented."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.texts.view import PairView


@data.quality(suspicious="high", low=0, unit="placeholders", level="pair")
def placeholder_mismatch(view: PairView, /) -> float:
    """How many of `%s`, `%(name)s`, `{name}`, `<b>`, `&amp;`, `&File` and addresses are on one side only."""
    return float(view.mismatched)
