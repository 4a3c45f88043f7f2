"""Scores of the samples that share a value: where the model is weaker than over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stagewright.stages.metrics import Direction
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.sheet import RESAMPLES, Sheet
from stagewright_plugins.scoring.slices import Slice, cut, is_number

from ._columns import Columns
from ._shift import distribution, shift

FEWEST = 5  # units below which an interval is too narrow to judge by


@dataclass(frozen=True)
class Slicer:
    """How columns are cut and slices judged: the headline value `key`, and which way is better."""

    sheet: Sheet
    groups: Mapping[str, str]
    key: str
    direction: Direction
    quantiles: int
    minimum: int
    seed: int
    resamples: int = RESAMPLES

    def sliced(self, columns: Columns, overall: Score | None) -> dict[str, Any]:
        """Every column with its slices, its distribution over the splits, the shift from train to test."""
        found = {
            "metric": self.key,
            "direction": self.direction,
            "overall": overall.value if overall else None,
            "minimum": self.minimum,
        }
        return found | {"columns": [self._column(columns, name, overall) for name in columns.slices]}

    def _column(self, columns: Columns, name: str, overall: Score | None) -> dict[str, Any]:
        values = columns.of(name)
        numeric = is_number(values) and values.nunique() > self.quantiles
        slices = cut(values.loc[self.sheet.ids], self.quantiles)
        return {
            "column": name,
            "numeric": numeric,
            "slices": [self._slice(item, overall) for item in slices],
            "distribution": distribution(columns, name, numeric),
            "shift": shift(columns, name, numeric, self.seed),
        }

    def _slice(self, item: Slice, overall: Score | None) -> dict[str, Any]:
        n = int(item.rows.sum())
        inside = zip(self.sheet.ids, item.rows, strict=True)
        present = {self.groups.get(id, id) for id, take in inside if take}
        # A slice inside one group has no other groups to draw: its interval is about that group's samples.
        groups = self.groups if len(present) > 1 else {}
        scores = self.sheet.scores(item.rows, groups, self.seed, self.resamples)
        score = scores.get(self.key)
        small = n < self.minimum
        return {
            "name": item.name,
            "low": item.low,
            "high": item.high,
            "samples": n,
            "resampled": "groups" if groups else "samples",
            "small": small,
            "gap": score.value - overall.value if score and overall else None,
            "weak": not small and _worse(score, overall, self.direction),
            "scores": {key: asdict(value) for key, value in scores.items()},
        }


def _worse(score: Score | None, overall: Score | None, direction: Direction) -> bool:
    """Whether the slice's whole interval lies on the bad side of the value over all."""
    if score is None or overall is None or score.low is None or score.high is None or score.n < FEWEST:
        return False
    return score.high < overall.value if direction == "maximize" else score.low > overall.value
