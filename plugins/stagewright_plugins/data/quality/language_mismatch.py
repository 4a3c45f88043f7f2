"""Whether a translation reads like the language that it was to be translated from."""

from __future__ import annotations

from stagewright.stages import data
from stagewright_plugins.texts.view import PairView


@data.quality(suspicious="high", unit="nats", level="pair")
def language_mismatch(view: PairView, /) -> float:
    """Mean log-odds per character trigram that the target is in the source's language; below 0: it is not.

    Both languages are learned from the two sides of the data (Dunning, 1994), without the pair at hand. Short texts
    and names of their own can lie above 0.
    """
    return view.profiles.mismatch(view.source, view.target)
