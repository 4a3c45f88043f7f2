"""Small finite spaces: no combination is tried twice, and the search ends with the last one.

What a sampler that learns likes best it draws again and again; its training lies in the store, so nothing is learnt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from stagewright.stages.sweep import Choice, Parameter

from .combinations import Params, combinations, every_value, failures
from .drawing import distribution

SMALL = 2_000  # combinations that are listed
REDRAWS = 3  # of a sampler that likes what was tried; then the nearest that was not
Ranks = Mapping[str, int]  # by key: which of its values


def untried(space: Sequence[Parameter]) -> Untried | None:
    """The combinations of a space; None where it has no end or is not small."""
    values = {one.key: every_value(one, SMALL) for one in space}
    if any(found is None for found in values.values()):
        return None
    listed = combinations(space, lambda one: values[one.key] or [], SMALL)
    return None if listed is None else Untried(space, listed)


def size_of(space: Sequence[Parameter], sampler: Any) -> int | None:
    """How many different trials there are, where that ends: as many as a sampler lists, or as a small space has."""
    listed: int | None = getattr(sampler, "size", None)
    small = untried(space) if listed is None else None
    return small.size if small else listed


class Untried:
    """The combinations of a small space.

    Attributes:
        size: how many there are.
    """

    def __init__(self, space: Sequence[Parameter], listed: Sequence[Params]) -> None:
        self._kinds = {one.key: distribution(one.domain) for one in space}
        self._spans = {one.key: self._span(one) for one in space}
        self._listed = [(params, self._ranks(params)) for params in listed]
        self.size = len(self._listed)

    def instead(
        self,
        draw: Callable[[], Params],
        redraws: int,
        others: Iterable[Any],
        seed: int,
        forgiven: Container[int] = (),
    ) -> Params:
        """What a trial tries: the first draw that no other trial has, else the untried combination nearest to it.

        With none left it is one whose failures are forgiven, of those that failed least often.

        Args:
            draw: gives one combination, another one at each call.
            redraws: how often to draw again.
            others: the study's other trials.
            seed: decides between combinations that are equally near.
            forgiven: numbers of failed trials whose settings may be tried again.
        """
        had = failures(others, self.name, forgiven)
        first = draw()
        found = first
        for _ in range(redraws):
            if self.name(found) not in had:
                return found
            found = draw()
        if self.name(found) not in had:
            return found
        return self._nearest(self._ranks(first), had, seed) or first

    def name(self, params: Params) -> Hashable:
        """Equal for equal settings, whatever a sampler rounds."""
        return _name(self._ranks(params))

    def _nearest(self, wanted: Ranks, had: Mapping[Hashable, float], seed: int) -> Params | None:
        least = min(had.get(_name(ranks), 0) for _, ranks in self._listed)
        if least == math.inf:
            return None
        left = [(params, ranks) for params, ranks in self._listed if had.get(_name(ranks), 0) == least]
        Random(seed).shuffle(left)
        nearest = min(left, key=lambda one: self._distance(one[1], wanted), default=None)
        return None if nearest is None else nearest[0]

    def _distance(self, one: Ranks, other: Ranks) -> float:
        """A step of a whole key for another choice, and for a key that only one has; a share of it for a number."""
        total = 0.0
        for key in {*one, *other}:
            if key not in one or key not in other:
                total += 1
            elif one[key] != other[key]:
                span = self._spans[key]
                total += abs(one[key] - other[key]) / span if span else 1
        return total

    def _ranks(self, params: Params) -> Ranks:
        return {key: self._rank(key, value) for key, value in params.items() if key in self._kinds}

    def _rank(self, key: str, value: Any) -> int:
        kind = self._kinds[key]
        inner = kind.to_internal_repr(value)
        return round((inner - kind.low) / kind.step) if hasattr(kind, "low") else int(inner)

    def _span(self, one: Parameter) -> int:
        """How far the values of a number lie apart at most; 0 for choices, of which none is nearer than another."""
        kind = self._kinds[one.key]
        return 0 if isinstance(one.domain, Choice) else round((kind.high - kind.low) / kind.step)


def _name(ranks: Ranks) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(ranks.items()))
