"""The data stage's part of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stagewright.report.blocks import (
    Block,
    Facts,
    Gallery,
    Histogram,
    HistogramSeries,
    Picture,
    Table,
    Text,
)
from stagewright.stages.data import SPLITS

from ._histograms import Histograms
from ._leakage import Leak
from ._outliers import Outlier
from ._pictures import draw, legend, spread
from ._refusal import Refusal
from ._spool import Spool

LISTED = 50  # rows of a table; the files hold all
OPEN_HISTOGRAMS = 3
SAMPLES = {"train": 6, "validation": 3, "test": 3}
SUSPICIOUS = 6


def card_block(card: Mapping[str, Any]) -> Block:
    """Origin, licence and counts."""
    facts = {
        "Title": card["title"],
        "Origin": card["origin"],
        "Licence": card["licence"],
        "Personal data": card["personal_data"],
        "Version": card["version"][:12],
        "Samples": sum(card["counts"].values()),
        "Quarantined": card["quarantined"],
        "Size (channels, height, width)": " × ".join(map(str, card["size"])),
        "Description": card["description"],
        "Citation": card["citation"],
    }
    return Facts("Dataset card", facts={name: value for name, value in facts.items() if value != ""})


def split_block(card: Mapping[str, Any]) -> Block:
    """Samples and groups per split."""
    total = sum(card["counts"].values())
    rows = [
        (name, card["counts"][name], round(card["counts"][name] / total, 3), card["groups"][name])
        for name in SPLITS
    ]
    columns = ("Split", "Samples", "Share", f"Groups ({card['group']})")
    if not card["group"]:
        columns, rows = columns[:3], [row[:3] for row in rows]
    return Table("Splits", columns=columns, rows=rows)


def lineage_block(passes: Sequence[Mapping[str, Any]]) -> Block:
    """Every pass with what went in and what came out."""
    rows = [(item["pass"], item["in"], item["out"], item["what"]) for item in passes]
    caption = "Samples before and after each pass."
    return Table("Lineage", columns=("Pass", "In", "Out", "What"), rows=rows, caption=caption)


def quarantine_block(refused: Sequence[Refusal]) -> Block:
    """Each refused item with its reason."""
    if not refused:
        return Text("Quarantine", text="Every item could be read and passed the checks.", tone="good")
    rows = [(item.id, item.reason, item.detail) for item in refused[:LISTED]]
    caption = _listed(len(refused), "items", "quarantine.json")
    return Table("Quarantine", columns=("Item", "Reason", "Detail"), rows=rows, caption=caption)


def copies_block(copies: Mapping[str, Any]) -> Block:
    """Exact and near copies, and where they lie."""
    exact = [
        (_named(item["ids"]), _places(item["splits"]), _exactly(item["same_target"]), 0)
        for item in copies["exact"]
    ]
    near = [
        (", ".join(item["ids"]), _places(item["splits"]), "near", round(item["distance"], 3))
        for item in copies["near"]
    ]
    rows = [*exact, *near]
    if not rows:
        return Text("Duplicates", text="No picture occurs twice, exactly or nearly.", tone="good")
    caption = "Harmless inside one split. " + _listed(len(rows), "findings", "issues.json")
    columns = ("Samples", "Splits", "Copy", "Distance")
    return Table("Duplicates", columns=columns, rows=rows[:LISTED], caption=caption)


def leakage_block(found: Sequence[Leak], dropped: Sequence[Leak], what: str = "picture") -> Block:
    """What leaked between splits, and what was done; a sample is a `what`."""
    if not found:
        text = f"No group and no {what} is in two splits."
        return Text("Leakage between splits", text=text, tone="good")
    rows = [
        (leak.loser, leak.loser_split, leak.kind, leak.winner, leak.winner_split) for leak in dropped[:LISTED]
    ]
    caption = "The sample outside test gave way. " + _listed(len(dropped), "dropped samples", "issues.json")
    columns = ("Dropped", "From", "Because of", "Kept", "In")
    return Table("Leakage between splits, repaired", columns=columns, rows=rows, caption=caption)


def outlier_block(found: Sequence[Outlier], splits: Mapping[str, str], ranges: float) -> Block:
    """The most suspicious values first."""
    if not found:
        text = f"No quality value lies more than {ranges:g} interquartile ranges beyond the quartiles."
        return Text("Outliers", text=text, tone="good")
    rows = [_row(item, splits) for item in found[:LISTED]]
    caption = "Distance beyond the quartile in interquartile ranges; kept, but worth a look. "
    return Table(
        "Outliers",
        columns=("Sample", "Split", "Metric", "Value", "End", "Distance", "Severity"),
        rows=rows,
        caption=caption + _listed(len(found), "outliers", "issues.json"),
        folded=True,
    )


def histogram_blocks(drawn: Histograms, described: Mapping[str, Mapping[str, Any]]) -> list[Block]:
    """One distribution per quality column, class area and objects first."""
    first = sorted(drawn, key=lambda name: not name.startswith(("area", "objects")))
    return [
        Histogram(
            name,
            series=_series(drawn[name]),
            x_label=" ".join(filter(None, (name, _unit(described[name])))),
            caption=described[name]["doc"],
            folded=position >= OPEN_HISTOGRAMS,
        )
        for position, name in enumerate(first)
    ]


def sample_gallery(rows: pd.DataFrame, classes: Sequence[str], spool: Spool, folder: Path) -> Block:
    """Evenly chosen samples of each split with the outlines of their masks."""
    chosen = [
        row
        for split, count in SAMPLES.items()
        for row in spread(list(rows.index[rows["split"] == split]), count)
    ]
    captions = {row: f"{rows.loc[row, 'id']} ({rows.loc[row, 'split']})" for row in chosen}
    return Gallery("Samples", pictures=_drawn(captions, "sample", spool, folder), caption=legend(classes))


def outlier_gallery(found: Sequence[Outlier], rows: pd.DataFrame, spool: Spool, folder: Path) -> list[Block]:
    """The most suspicious samples, each once."""
    row_of = dict(zip(rows["id"], rows.index, strict=True))
    captions: dict[int, str] = {}
    for item in found:
        if len(captions) < SUSPICIOUS:
            captions.setdefault(row_of[item.id], f"{item.id}: {item.metric} {item.value:.3g}")
    pictures = _drawn(captions, "outlier", spool, folder)
    return [Gallery("Most suspicious samples", pictures=pictures, folded=True)] if pictures else []


def _drawn(captions: Mapping[int, str], name: str, spool: Spool, folder: Path) -> list[Picture]:
    pictures = []
    for position, (row, caption) in enumerate(captions.items()):
        path = f"pictures/{name}_{position:02d}.png"
        draw(*spool[row], folder / path)
        pictures.append(Picture(path, caption))
    return pictures


def _row(item: Outlier, splits: Mapping[str, str]) -> tuple[str | float, ...]:
    value, distance = (float(f"{number:.4g}") for number in (item.value, item.distance))
    return item.id, splits[item.id], item.metric, value, item.end, distance, item.severity


def _series(drawn: Mapping[str, Any]) -> list[HistogramSeries]:
    return [HistogramSeries(split, drawn["edges"], drawn["counts"][split]) for split in SPLITS]


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:8]) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")


def _exactly(same_target: bool) -> str:
    return "exact" if same_target else "exact, masks differ"


def _listed(count: int, what: str, file: str) -> str:
    return f"The first {LISTED} of {count} {what}; all in {file}." if count > LISTED else f"{count} {what}."


def _places(splits: Sequence[str]) -> str:
    return ", ".join(f"{splits.count(name)} {name}" for name in dict.fromkeys(splits))


def _unit(described: Mapping[str, Any]) -> str:
    return f"({described['unit']})" if described["unit"] else ""
