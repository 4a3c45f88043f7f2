"""What is known of every sample besides its picture: tags and quality, by split."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import Dataset


class Columns:
    """The dataset's `quality.parquet`, with the columns to slice by.

    Attributes:
        slices: names as the recipe has them.
        rows: one row per sample of every split, by id; `group` is empty where the source names no groups.
    """

    def __init__(self, data: Dataset, slices: Sequence[str]) -> None:
        """Read the table; raises StagewrightError for a column to slice by that is not there."""
        self.slices, self._data = list(dict.fromkeys(slices)), data
        self.rows = pd.read_parquet(data.path / "quality.parquet").set_index("id", drop=False)
        known = [*dict.fromkeys([*([data.group] if data.group else []), *data.tags, *data.quality])]
        for name in self.slices:
            if name not in known:
                raise StagewrightError(
                    f"evaluate.slices: the data has no column {name!r}, {suggestion(name, known, 'column')}"
                )

    def of(self, name: str) -> pd.Series:
        """One column over all splits; the name of the groups stands for the groups."""
        return self.rows["group" if name == self._data.group and name not in self.rows else name]

    def split(self, name: str) -> pd.Series:
        """Which samples are in a split, over all."""
        return self.rows["split"] == name

    def groups(self) -> list[str]:
        """The unit that each sample was dealt to its split with: its group, or itself."""
        return [
            f"group {group}" if self._data.group and group else f"sample {name}"
            for name, group in zip(self.rows["id"], self.rows["group"], strict=True)
        ]

    def described(self, id: str) -> dict[str, str]:
        """The values of the columns to slice by, of one sample, for people."""
        return {name: _plain(self.of(name)[id]) for name in self.slices}

    def quality(self, ids: Sequence[str]) -> pd.DataFrame:
        """All measured columns of these samples, in their order."""
        return self.rows.loc[list(ids), [name for name in self._data.quality if name in self.rows]]


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
