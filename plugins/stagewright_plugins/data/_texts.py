"""The passes of the stage `parallel_text` in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from stagewright.context import Context
from stagewright.errors import StagewrightError
from stagewright.stages.data import (
    SPLITS,
    Dataset,
    QualityChoice,
    QualityFacts,
    Source,
    SplitChoice,
    SplitInputs,
)
from stagewright.stages.framing import Task
from stagewright_plugins.texts import placeholders
from stagewright_plugins.texts.language import Profiles
from stagewright_plugins.texts.normalising import key
from stagewright_plugins.texts.subwords import Subwords
from stagewright_plugins.texts.view import PairView

from . import _files as files
from . import _leakage as leakage
from . import _quarantine as quarantine
from . import _texts_showing as showing
from ._copies import Copies
from ._curation import Dropped, curate
from ._histograms import histograms
from ._leakage import Leak
from ._outliers import Outlier, outliers
from ._splitter import dealt, none_empty
from ._texts_arrow import write_splits
from ._texts_reading import Reading, read

GROUP = "source text"


@dataclass(frozen=True)
class Choices:
    """The stage's settings, by the names that `parallel_text` documents."""

    quality: list[QualityChoice]
    curate: Sequence[str]
    outlier_ranges: float
    split: SplitChoice
    leakage: str
    vocabulary: int
    max_quarantined: float


def prepare(source: Source, task: Task, choices: Choices, context: Context) -> Dataset:
    """Run every pass and leave the dataset in the step's folder."""
    _check(source, task, choices)
    return _Preparation(source, task, choices, context).run()


def _check(source: Source, task: Task, choices: Choices) -> None:
    if source.modality != "text" or len(task.languages) != 2:
        raise StagewrightError(
            f"data: the stage 'parallel_text' works on texts for a task of translation, the source gives "
            f"{source.modality} and the task is {task.type}"
        )
    if not source.ids:
        raise StagewrightError(f"data.source: {source.card.title!r} has no texts")
    names = [metric.type for metric in choices.quality]
    for position, metric in enumerate(choices.quality):
        if metric.type in names[:position]:
            raise StagewrightError(f"data.quality[{position}]: {metric.type!r} is listed twice")
        if (metric.facts or QualityFacts()).level != "pair":
            raise StagewrightError(
                f"data.quality[{position}]: {metric.type!r} measures images, these are texts"
            )


@dataclass
class _Preparation:
    source: Source
    task: Task
    choices: Choices
    context: Context
    lineage: files.Lineage = field(default_factory=files.Lineage)

    def run(self) -> Dataset:
        reading = self._read()
        rows, twice = self._once(reading.rows)
        rows = self._measured(rows)
        rows, dropped = self._curated(rows)
        rows = self._split(rows.assign(group=_groups(rows)))
        rows, leaks, gone = self._leakage(rows)
        odd = outliers(rows, self._facts(), self.choices.outlier_ranges)
        return self._write(reading, rows, twice, dropped, leaks, gone, odd)

    @property
    def quality(self) -> tuple[str, ...]:
        return tuple(metric.type for metric in self.choices.quality)

    def _read(self) -> Reading:
        reading = read(self.source, self.task)
        total = len(self.source.ids)
        quarantine.judge(reading.refused, total, self.choices.max_quarantined, self.context.emit)
        self.lineage.add("source", 0, total, self.source.card.title)
        counts = quarantine.reasons(reading.refused)
        refused = ", ".join(f"{count} {reason}" for reason, count in counts.items())
        self.lineage.add("read and validate", total, len(reading.rows), refused)
        return reading

    def _once(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
        """One pair per source: of several translations the commonest, of equally common ones the first."""
        kept, contradicting = [], []
        for source, together in rows.groupby("text", sort=False):
            counts = Counter(together["target"])
            target = max(counts, key=lambda text: counts[text])  # the first of the commonest
            kept.append(together.index[together["target"] == target][0])
            if len(counts) > 1:
                contradicting.append({"text": source, "translations": dict(counts)})
        left = rows.loc[sorted(kept)]
        copies = int(rows.duplicated(["text", "target"]).sum())
        what = f"{copies} equal pairs, {len(contradicting)} sources with several translations"
        self.lineage.add("keep each source once", len(rows), len(left), what)
        return left, {"copies": copies, "contradicting": contradicting}

    def _measured(self, rows: pd.DataFrame) -> pd.DataFrame:
        profiles = Profiles.learned(zip(rows["text"], rows["target"], strict=True))
        views = [PairView(a, b, profiles) for a, b in zip(rows["text"], rows["target"], strict=True)]
        values = {metric.type: [_value(metric, view) for view in views] for metric in self.choices.quality}
        self.lineage.add("measure quality", len(rows), len(rows), ", ".join(self.quality))
        return rows.assign(**values)

    def _curated(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Dropped]]:
        left, dropped = curate(rows, self.choices.curate)
        before = len(rows)
        for item in dropped:
            self.lineage.add("curate", before, before - len(item.ids), item.rule)
            before -= len(item.ids)
        return left, dropped

    def _split(self, rows: pd.DataFrame) -> pd.DataFrame:
        splitter, who = self.choices.split, f"data.split: {self.choices.split.type!r}"
        said: list[str] = []
        names = dealt(splitter, SplitInputs(rows, self.context.seed, said.append), who, "pairs")
        none_empty(names, f"{who} leaves none of {len(rows)} pairs for")
        rows = rows.assign(split=names)
        what = "; ".join([f"{splitter.type}, {rows['group'].nunique()} groups", *said])
        self.lineage.add("split", len(rows), len(rows), what)
        return rows

    def _leakage(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Leak], list[Leak]]:
        none = Copies()
        splits = dict(zip(rows["id"], rows["split"], strict=True))
        groups = dict(zip(rows["id"], rows["group"], strict=True))
        leaks = leakage.leaks(splits, groups, none)
        if self.choices.leakage == "error":
            leakage.refuse(leaks, self.context.emit)
        left, gone = leakage.repair(rows, none)
        what = leakage.counted(leaks) + (", repaired" if gone else "")
        self.lineage.add("check leakage", len(rows), len(left), what)
        none_empty(set(left["split"]), "data.leakage: repair leaves no pairs for")
        return left, leaks, gone

    def _facts(self) -> dict[str, QualityFacts]:
        return {metric.type: metric.facts or QualityFacts() for metric in self.choices.quality}

    def _write(
        self,
        reading: Reading,
        rows: pd.DataFrame,
        twice: Mapping[str, Any],
        dropped: Sequence[Dropped],
        leaks: Sequence[Leak],
        gone: Sequence[Leak],
        odd: Sequence[Outlier],
    ) -> Dataset:
        folder = self.context.workdir
        version = write_splits(rows, folder / "splits")
        subwords = self._subwords(rows)
        self.lineage.add("write", len(rows), len(rows), f"version {version[:12]}")
        described = files.described(self.quality, self.choices.quality)
        card = self._card(version, rows, reading, len(subwords))
        splits = dict(zip(rows["id"], rows["split"], strict=True))
        issues = {
            "duplicates": dict(twice),
            "curation": [item.to_json() for item in dropped],
            "leakage": leakage.to_json(self.choices.leakage, list(leaks), list(gone)),
            "outliers": [item.to_json() | {"split": splits[item.id]} for item in odd],
        }
        kept = ["id", "split", "group", *reading.tags, *self.quality]
        rows[kept].to_parquet(folder / "quality.parquet", index=False)
        files.write_json(folder / "quality.json", described)
        files.write_json(folder / "quarantine.json", [item.to_json() for item in reading.refused])
        files.write_json(folder / "issues.json", issues)
        files.write_json(folder / "card.json", card)
        files.write_json(folder / "lineage.json", self.lineage.passes)
        self.context.show(
            *showing.blocks(
                card, self.lineage.passes, reading.refused, rows, described, twice, leaks, gone, odd,
                self.choices.outlier_ranges,
            )
        )  # fmt: skip
        return Dataset(folder, version, "text", card["counts"], GROUP, reading.tags, self.quality)

    def _subwords(self, rows: pd.DataFrame) -> Subwords:
        """Learned on the train split, with placeholders masked as training masks them."""
        train = rows[rows["split"] == "train"]
        texts = []
        for source, target in zip(train["text"], train["target"], strict=True):
            text, kept = placeholders.masked(source)
            texts += [text, placeholders.masked_like(target, kept)]
        found = Subwords.learned(texts, self.choices.vocabulary)
        found.write(self.context.workdir)
        self.lineage.add("learn sub-words", len(rows), len(rows), f"{len(found)} on {len(train)} train pairs")
        return found

    def _card(self, version: str, rows: pd.DataFrame, reading: Reading, subwords: int) -> dict[str, Any]:
        shares = {
            tag: {split: _shares(rows.loc[rows["split"] == split, tag]) for split in SPLITS}
            for tag in reading.tags
        }
        return {
            **asdict(self.source.card),
            "version": version,
            "modality": "text",
            "languages": list(self.task.languages),
            "counts": files.counts(rows),
            "group": GROUP,
            "groups": {split: int(rows.loc[rows["split"] == split, "group"].nunique()) for split in SPLITS},
            "shares": json.loads(json.dumps(shares)),
            "subwords": subwords,
            "quarantined": len(reading.refused),
            "histograms": histograms(rows, self.quality),
        }


def _value(metric: QualityChoice, view: PairView) -> float:
    try:
        return float(metric(view))  # type: ignore[arg-type]  # those of pairs give one number
    except StagewrightError:
        raise
    except Exception as error:
        raise StagewrightError(
            f"data.quality: {metric.type!r} fails on {view.source!r}: {type(error).__name__}: {error}"
        ) from error


def _groups(rows: pd.DataFrame) -> list[str]:
    """Sources that say the same, and the forms of one message, are together: connected by either (union-find)."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for text, group in zip(rows["text"], rows["group"], strict=True):
        own = root(key(text))
        if group:
            parent[root(key(group))] = own
    return [root(key(text)) for text in rows["text"]]


def _shares(values: pd.Series) -> dict[str, float]:
    return {str(name): round(float(share), 6) for name, share in values.value_counts(normalize=True).items()}
