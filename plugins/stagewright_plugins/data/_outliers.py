"""Samples whose quality lies far outside the rest, ranked; reported, never dropped.

Tukey's rule (Exploratory Data Analysis, 1977): distance beyond the quartiles, in interquartile ranges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from stagewright.stages.data import QualityFacts

SEVERE = 2.5  # interquartile ranges


@dataclass(frozen=True)
class Outlier:
    """One suspicious value: `distance` beyond the nearer quartile, in interquartile ranges."""

    id: str
    metric: str
    value: float
    end: str
    distance: float

    @property
    def severity(self) -> str:
        """`severe` beyond 2.5 interquartile ranges, else `moderate`."""
        return "severe" if self.distance > SEVERE else "moderate"

    def to_json(self) -> dict[str, Any]:
        """As it stands in `issues.json`."""
        return asdict(self) | {"severity": self.severity}


def outliers(rows: pd.DataFrame, facts: Mapping[str, QualityFacts], ranges: float) -> list[Outlier]:
    """All values beyond `ranges` on an end that their metric calls suspicious, the farthest first.

    A column of which half the values are equal has no interquartile range, and so no outliers.
    """
    found = [item for name, fact in facts.items() for item in _of_column(rows, name, fact, ranges)]
    return sorted(found, key=lambda item: (-item.distance, item.metric, item.id))


def _of_column(rows: pd.DataFrame, name: str, fact: QualityFacts, ranges: float) -> list[Outlier]:
    low, high = rows[name].quantile([0.25, 0.75])
    spread = high - low
    if not spread > 0:
        return []
    found = []
    ends = {"low": (low - rows[name]) / spread, "high": (rows[name] - high) / spread}
    for end, distance in ends.items():
        if fact.suspicious in (end, "both"):
            beyond = rows[distance > ranges]
            found += [
                Outlier(id, name, float(value), end, float(distance[row]))
                for row, id, value in zip(beyond.index, beyond["id"], beyond[name], strict=True)
            ]
    return found
