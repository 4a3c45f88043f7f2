"""The passes of the data stage in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.data import (
    Dataset,
    DuplicatesChoice,
    QualityChoice,
    QualityFacts,
    Source,
    SplitChoice,
    SplitInputs,
)
from stagewright.stages.framing import Task

from . import _files as files
from . import _leakage as leakage
from . import _quarantine as quarantine
from . import _showing as showing
from ._arrow import write_splits
from ._copies import Copies, copies
from ._curation import Dropped, curate
from ._histograms import histograms
from ._leakage import Leak
from ._outliers import Outlier, outliers
from ._reading import Reading, read
from ._splitter import dealt, known, none_empty
from ._spool import Spool


@dataclass(frozen=True)
class Choices:
    """The stage's settings, by the names that `standard` documents."""

    quality: list[QualityChoice]
    duplicates: DuplicatesChoice | None
    curate: Sequence[str]
    outlier_ranges: float
    split: SplitChoice
    leakage: str
    max_quarantined: float
    workers: int


def prepare(source: Source, task: Task, choices: Choices, context: Context) -> Dataset:
    """Run every pass and leave the dataset in the step's folder."""
    _check(source, choices)
    spool = Spool(context.workdir / ".resume" / "spool", task.input.shape)
    try:
        return _Preparation(source, task, choices, context, spool).run()
    finally:
        spool.close()


def _check(source: Source, choices: Choices) -> None:
    if source.modality != "image":
        raise StagewrightError(
            f"data: the stage 'standard' works on images, the source gives {source.modality}"
        )
    if not source.ids:
        raise StagewrightError(f"data.source: {source.card.title!r} has no items")
    if len(set(source.ids)) < len(source.ids):
        twice = next(id for id in source.ids if source.ids.count(id) > 1)
        raise StagewrightError(f"data.source: the id {twice!r} occurs twice")
    names = [metric.type for metric in choices.quality]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise StagewrightError(f"data.quality[{position}]: {name!r} is listed twice")


@dataclass
class _Preparation:
    source: Source
    task: Task
    choices: Choices
    context: Context
    spool: Spool
    lineage: files.Lineage = field(default_factory=files.Lineage)

    def run(self) -> Dataset:
        reading = self._read()
        rows, dropped = self._curate(reading.rows)
        found = self._copies(rows, reading)
        rows = self._split(rows, reading.splits)
        rows, leaks, gone = self._leakage(rows, found)
        odd = outliers(rows, self._facts(reading.quality), self.choices.outlier_ranges)
        return self._write(_Findings(reading, rows, dropped, found, leaks, gone, odd))

    def _read(self) -> Reading:
        total = len(self.source.ids)
        reading = read(
            self.source, self.task, self.choices.quality, self.spool, self.context.emit, self.choices.workers
        )
        quarantine.judge(reading.refused, total, self.choices.max_quarantined, self.context.emit)
        self.lineage.add("source", 0, total, self.source.card.title)
        counts = quarantine.reasons(reading.refused)
        refused = ", ".join(f"{count} {reason}" for reason, count in counts.items())
        self.lineage.add("read and validate", total, len(reading.rows), refused)
        names = ", ".join(metric.type for metric in self.choices.quality)
        self.lineage.add("measure quality", len(reading.rows), len(reading.rows), names)
        return reading

    def _curate(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Dropped]]:
        left, dropped = curate(rows, self.choices.curate)
        before = len(rows)
        for item in dropped:
            self.lineage.add("curate", before, before - len(item.ids), item.rule)
            before -= len(item.ids)
        return left, dropped

    def _copies(self, rows: pd.DataFrame, reading: Reading) -> Copies:
        at = list(rows.index)
        found = copies(
            list(rows["id"]),
            [reading.inputs[row] for row in at],
            [reading.targets[row] for row in at],
            self.spool.grey(at) if self.choices.duplicates else None,
            self.choices.duplicates,
        )
        what = f"{len(found.exact)} sets of exact copies, {len(found.near)} near pairs"
        self.lineage.add("find duplicates", len(rows), len(rows), what)
        return found

    def _split(self, rows: pd.DataFrame, fixed: Mapping[str, str]) -> pd.DataFrame:
        """The splitter never sees samples whose source says where they go: the others fall as without them."""
        splitter, who = self.choices.split, f"data.split: {self.choices.split.type!r}"
        known(fixed.values(), "data.source: a sample")
        free = rows[~rows["id"].isin(list(fixed))]
        said: list[str] = []
        given = SplitInputs(free, self.context.seed, said.append)
        names = dealt(splitter, given, who, "samples") if len(free) else []
        by_id = dict(zip(free["id"], names, strict=True))
        rows = rows.assign(split=rows["id"].map({**by_id, **fixed}))
        none_empty(set(rows["split"]), f"{who} leaves none of {len(rows)} samples for")
        placed = f", {len(rows) - len(free)} placed by the source" if len(free) < len(rows) else ""
        self.lineage.add("split", len(rows), len(rows), "; ".join([f"{splitter.type}{placed}", *said]))
        return rows

    def _leakage(self, rows: pd.DataFrame, found: Copies) -> tuple[pd.DataFrame, list[Leak], list[Leak]]:
        splits = dict(zip(rows["id"], rows["split"], strict=True))
        groups = dict(zip(rows["id"], rows["group"], strict=True))
        leaks = leakage.leaks(splits, groups, found)
        if self.choices.leakage == "error":
            leakage.refuse(leaks, self.context.emit)
        left, gone = leakage.repair(rows, found)
        what = leakage.counted(leaks) + (", repaired" if gone else "")
        self.lineage.add("check leakage", len(rows), len(left), what)
        none_empty(set(left["split"]), "data.leakage: repair leaves no samples for")
        return left, leaks, gone

    def _facts(self, columns: Sequence[str]) -> dict[str, QualityFacts]:
        by_name = {metric.type: metric.facts or QualityFacts() for metric in self.choices.quality}
        return {column: by_name[column.split(".", 1)[0]] for column in columns}

    def _write(self, found: _Findings) -> Dataset:
        folder, rows, reading = self.context.workdir, found.rows, found.reading
        version = write_splits(rows, self.spool, folder / "splits")
        self.lineage.add("write", len(rows), len(rows), f"version {version[:12]}")
        drawn = histograms(rows, reading.quality)
        described = files.described(reading.quality, self.choices.quality)
        card = files.card(self.source, self.task, version, rows, reading, drawn)
        issues = found.issues(self.choices.leakage)
        files.write_quality(rows, reading, folder / "quality.parquet")
        files.write_json(folder / "quality.json", described)
        files.write_json(folder / "quarantine.json", [item.to_json() for item in reading.refused])
        files.write_json(folder / "issues.json", issues)
        files.write_json(folder / "card.json", card)
        files.write_json(folder / "lineage.json", self.lineage.passes)
        self._show(found, card, described, issues)
        counts, group = card["counts"], self.source.group
        return Dataset(folder, version, "image", counts, group, self._tags(reading), reading.quality)

    def _tags(self, reading: Reading) -> tuple[str, ...]:
        """The source's own, and the group's column where the source does not give it under its name."""
        group = self.source.group
        return (*reading.tags, "group") if group and group not in reading.tags else reading.tags

    def _show(self, found: _Findings, card: dict, described: dict, issues: dict) -> None:
        folder, splits = self.context.workdir, found.splits
        self.context.show(
            showing.split_block(card),
            showing.lineage_block(self.lineage.passes),
            showing.quarantine_block(found.reading.refused),
            showing.leakage_block(found.leaks, found.gone),
            showing.copies_block(issues["duplicates"]),
            showing.outlier_block(found.outliers, splits, self.choices.outlier_ranges),
            *showing.histogram_blocks(card["histograms"], described),
            showing.sample_gallery(found.rows, self.task.classes, self.spool, folder),
            *showing.outlier_gallery(found.outliers, found.rows, self.spool, folder),
            showing.card_block(card),
        )


@dataclass(frozen=True)
class _Findings:
    """All that the passes found; `splits` names where each curated sample was before repair."""

    reading: Reading
    rows: pd.DataFrame
    dropped: list[Dropped]
    copies: Copies
    leaks: list[Leak]
    gone: list[Leak]
    outliers: list[Outlier]

    @cached_property
    def splits(self) -> dict[str, str]:
        kept = dict(zip(self.rows["id"], self.rows["split"], strict=True))
        return kept | {leak.loser: f"{leak.loser_split} (dropped)" for leak in self.gone}

    def issues(self, policy: str) -> dict[str, object]:
        return {
            "curation": [item.to_json() for item in self.dropped],
            "duplicates": self.copies.to_json(self.splits),
            "leakage": leakage.to_json(policy, self.leaks, self.gone),
            "outliers": [item.to_json() | {"split": self.splits[item.id]} for item in self.outliers],
        }
