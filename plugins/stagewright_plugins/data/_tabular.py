"""The passes of the stage `tabular` in order."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import SPLITS, Column, Dataset, FeatureView, SplitChoice, Table
from stagewright.stages.framing import Task
from stagewright_plugins.features.feast import write_repository
from stagewright_plugins.features.offline import TIME
from stagewright_plugins.features.store import FeatureStore

from . import _files as files
from . import _quarantine as quarantine
from . import _tabular_showing as showing
from ._cutting import LIVE, Cut, cut
from ._dealing import dealt
from ._tabular_arrow import write_rows, write_splits
from ._tabular_quality import described, duplicated
from ._validating import Validated, validated


@dataclass(frozen=True)
class Choices:
    """The stage's settings, by the names that `tabular` documents."""

    leave_out: Sequence[str]
    split: SplitChoice | None
    until: datetime.date | None
    train_days: int | None
    validation_days: int
    test_days: int
    outlier_ranges: float
    max_quarantined: float


def prepare(
    table: Table, views: Sequence[FeatureView], task: Task, choices: Choices, context: Context
) -> Dataset:
    """Run every pass and leave the dataset in the step's folder."""
    return _Preparation(table, views, task, choices, context).run()


@dataclass
class _Preparation:
    table: Table
    views: Sequence[FeatureView]
    task: Task
    choices: Choices
    context: Context
    lineage: files.Lineage = field(default_factory=files.Lineage)

    def run(self) -> Dataset:
        self.columns = self._columns()
        total = len(self.table.rows)
        self.lineage.add("source", 0, total, self.table.card.title)
        checked = validated(self.table, self.task.classes)
        quarantine.judge(checked.refused, total, self.choices.max_quarantined, self.context.emit)
        self._note(checked, total)
        made = self._split(checked.rows)
        _several_classes(made.rows, self.task)
        rows = self._features(made)
        return self._write(made, rows, checked)

    def _columns(self) -> dict[str, Column]:
        """The features in order: the source's, then those of the views."""
        found = dict(self.table.columns)
        for name in self.choices.leave_out:
            if name not in found:
                raise StagewrightError(f"data.leave_out: no column {name!r}, {suggestion(name, found)}")
            del found[name]
        for view in self.views:
            for name, column in view.columns.items():
                if name in found or name in ("id", "time", "group", "target", "label_time", "split"):
                    raise StagewrightError(f"data.features: two columns are named {name!r}; rename a view")
                found[name] = column
        return found

    def _note(self, checked: Validated, total: int) -> None:
        counts = quarantine.reasons(checked.refused)
        refused = ", ".join(f"{count} {reason}" for reason, count in counts.items())
        left = total - len(checked.refused)
        self.lineage.add("validate", total, left, refused)
        what = f"{left - len(checked.rows)} rows never came to an outcome"
        self.lineage.add("outcome", left, len(checked.rows), what)
        if checked.rows.empty:
            raise StagewrightError(f"data.source.target: {self.table.target!r} is empty in all {left} rows")

    def _split(self, rows: pd.DataFrame) -> Cut:
        """By time where rows have one and the recipe names no splitter."""
        splitter = self.choices.split
        if self.table.time and splitter is None:
            made = cut(rows, self.table.zone, self.choices)
            what = f"until {made.until:%Y-%m-%d %H:%M} UTC; {made.purged} purged: outcome not known in time"
            self.lineage.add("cut by time", made.before, len(made.rows), what)
            return made
        if self.views:
            raise StagewrightError(
                f"data.features: {self.views[0].name!r} is a view over the past and needs rows that are cut by time"
            )
        said: list[str] = []
        made = dealt(rows, self.task.classes, splitter, self.context.seed, said.append)
        what = "; ".join([splitter.type if splitter else "by_hash", *said])
        self.lineage.add("split", len(rows), len(rows), what)
        return made

    def _features(self, made: Cut) -> pd.DataFrame:
        """Every row with its features; the online store is as of the cut-off. Rows not cut by time have none."""
        rows = made.rows
        if made.until is None:
            return rows
        store = FeatureStore(self.context.workdir / "features")
        for view in self.views:
            store.apply(view)
        if self.views:
            found = store.get_historical_features(rows.assign(**{TIME: rows["time"]}))
            rows = pd.concat([rows, found], axis=1)
            loaded = store.materialize(made.until)
            write_repository(store, self.context.name)
            told = ", ".join(f"{name} ({count} entities online)" for name, count in loaded.items())
            self.lineage.add("join features as known", len(rows), len(rows), told)
        return rows

    def _write(self, made: Cut, rows: pd.DataFrame, checked: Validated) -> Dataset:
        folder = self.context.workdir
        past, live = rows[rows["split"] != LIVE], rows[rows["split"] == LIVE]
        version = write_splits(past, self.columns, folder / "splits")
        if made.until:
            write_rows(live, self.columns, folder / "live", label_time=True)
        after = f", {len(live)} live rows" if made.until else ""
        self.lineage.add("write", len(rows), len(rows), f"version {version[:12]}{after}")
        quality = described(past, self.columns, self.choices.outlier_ranges)
        issues = {"duplicates": duplicated(past, self.columns), "purged": made.purged}
        counts = files.counts(past)
        card = self._card(version, past, checked, len(live), made)
        time = ["time"] if self.table.time else []
        past[["id", "split", "group", *time, *self.columns]].to_parquet(
            folder / "quality.parquet", index=False
        )
        files.write_json(
            folder / "columns.json", {name: asdict(column) for name, column in self.columns.items()}
        )
        files.write_json(folder / "quality.json", quality)
        files.write_json(folder / "quarantine.json", [item.to_json() for item in checked.refused])
        files.write_json(folder / "issues.json", issues)
        files.write_json(folder / "card.json", card)
        files.write_json(folder / "lineage.json", self.lineage.passes)
        self.context.show(
            *showing.blocks(card, self.lineage.passes, checked.refused, quality, issues, past, self.views)
        )
        group = self.table.group
        return Dataset(folder, version, "tabular", counts, group, tuple(self.columns))

    def _card(
        self, version: str, rows: pd.DataFrame, checked: Validated, live: int, made: Cut
    ) -> dict[str, Any]:
        shares = {
            split: rows.loc[rows["split"] == split, "target"].value_counts(normalize=True) for split in SPLITS
        }
        return {
            **asdict(self.table.card),
            "version": version,
            "modality": "tabular",
            "classes": list(self.task.classes),
            "id": self.table.id,
            "columns": list(self.columns),
            "counts": files.counts(rows),
            "shares": {
                split: {name: round(float(share.get(i, 0.0)), 6) for i, name in enumerate(self.task.classes)}
                for split, share in shares.items()
            },
            "until": f"{made.until.isoformat()}Z" if made.until else "",
            "zone": self.table.zone,
            "live": live,
            "group": self.table.group,
            "groups": {split: int(rows.loc[rows["split"] == split, "group"].nunique()) for split in SPLITS},
            "quarantined": len(checked.refused),
        }


def _several_classes(rows: pd.DataFrame, task: Task) -> None:
    """Raise StagewrightError where all rows to learn from are alike: there is nothing to tell apart."""
    found = rows.loc[rows["split"] == "train", "target"]
    if found.nunique() == 1:
        name = task.classes[int(found.iloc[0])]
        raise StagewrightError(
            f"data.source.target: all {len(found)} rows to learn from are {name!r}; bring rows of another class"
        )
