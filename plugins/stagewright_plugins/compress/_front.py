"""Which variants nothing else beats, and which of them to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._limits import Check, excess
from ._measuring import Result

TIE = 0.05  # relative difference in latency that is within the noise of measuring it


@dataclass(frozen=True)
class Candidate:
    """A measured variant and how the limits stand to it, on the validation split.

    Attributes:
        drop: of the headline value, against the model as trained; positive is worse.
    """

    result: Result
    checks: Sequence[Check]
    drop: float

    @property
    def inside(self) -> bool:
        """Whether all limits hold."""
        return all(check.passed for check in self.checks)

    @property
    def figures(self) -> tuple[float, float, float]:
        """What is to be small: bytes, latency, drop."""
        return self.result.bytes, self.result.latency.ratio, self.drop


def front(candidates: Sequence[Candidate]) -> list[bool]:
    """For each, whether no other is at least as good in bytes, latency and quality, and better in one."""
    return [not any(_beats(other, one) for other in candidates) for one in candidates]


def chosen(candidates: Sequence[Candidate]) -> Candidate:
    """The fastest inside the limits; of those as fast within the noise the smallest, then the best.

    With none inside, the nearest: the smallest sum of what it is beyond the limits, each in its own limit's size.
    """
    inside = [one for one in candidates if one.inside]
    if not inside:
        return min(candidates, key=lambda one: excess(one.checks))
    fastest = min(one.result.latency.ratio for one in inside)
    tied = [one for one in inside if one.result.latency.ratio <= fastest * (1 + TIE)]
    return min(tied, key=lambda one: (one.result.bytes, one.drop))


def _beats(one: Candidate, other: Candidate) -> bool:
    pairs = list(zip(one.figures, other.figures, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
