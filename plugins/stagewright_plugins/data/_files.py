"""What lies beside the splits: quality, quarantine, issues, card and lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from stagewright.stages.data import SPLITS, QualityChoice, QualityFacts, Source
from stagewright.stages.framing import Task

from ._histograms import Histograms
from ._reading import Reading


def write_json(path: Path, value: Any) -> None:
    """Readable, and the same bytes for the same value."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_quality(rows: pd.DataFrame, found: Reading, path: Path) -> None:
    """One row per kept sample: `id`, `split`, `group`, `time` where there are times, tags, quality."""
    time = ["time"] if rows["time"].any() else []
    columns = ["id", "split", "group", *time, *found.tags, *found.quality]
    rows[columns].to_parquet(path, index=False)


def described(columns: tuple[str, ...], metrics: list[QualityChoice]) -> dict[str, dict[str, Any]]:
    """Per quality column what its metric declares of it, and how it was set."""
    by_name = {metric.type: metric for metric in metrics}
    found = {}
    for column in columns:
        metric = by_name[column.split(".", 1)[0]]
        facts = metric.facts or QualityFacts()
        found[column] = asdict(facts) | {"doc": _first_line(metric.plugin.__doc__), "metric": metric.spec()}
    return found


def card(
    source: Source, task: Task, version: str, rows: pd.DataFrame, reading: Reading, drawn: Histograms
) -> dict[str, Any]:
    """What somebody who is handed the dataset needs to know."""
    return {
        **asdict(source.card),
        "version": version,
        "modality": source.modality,
        "classes": list(task.classes),
        "size": list(task.input.shape),
        "counts": counts(rows),
        "group": source.group,
        "groups": {split: int(_of(rows, split)["group"].nunique()) for split in SPLITS},
        "quarantined": len(reading.refused),
        "histograms": drawn,
    }


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """Samples per split."""
    return {split: len(_of(rows, split)) for split in SPLITS}


def _of(rows: pd.DataFrame, split: str) -> pd.DataFrame:
    return rows[rows["split"] == split]


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().split("\n", 1)[0]


class Lineage:
    """Every pass in order, with the samples that went in and came out."""

    def __init__(self) -> None:
        self.passes: list[dict[str, Any]] = []

    def add(self, name: str, before: int, after: int, what: str = "", **more: Mapping[str, Any]) -> None:
        """Note one pass."""
        self.passes.append({"pass": name, "in": before, "out": after, "what": what, **more})
