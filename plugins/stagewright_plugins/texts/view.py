"""A text and its translation, as quality metrics see them: what several of them need is computed once."""

from __future__ import annotations

from functools import cached_property

from . import placeholders
from .language import Profiles
from .normalising import words


class PairView:
    """One pair, normalised; `profiles` were learned on all pairs."""

    def __init__(self, source: str, target: str, profiles: Profiles) -> None:
        self.source, self.target, self.profiles = source, target, profiles

    @cached_property
    def words(self) -> list[str]:
        """Words of the source."""
        return words(self.source)

    @cached_property
    def mismatched(self) -> int:
        """Placeholders, tags, entities, accelerators that are on one side only."""
        return placeholders.mismatched(self.source, self.target)
