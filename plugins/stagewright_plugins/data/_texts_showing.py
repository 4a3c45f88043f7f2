"""The part of the report that belongs to the stage `parallel_text`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stagewright.report.blocks import Block, Facts, Table, Text
from stagewright.stages.data import SPLITS

from ._leakage import Leak
from ._outliers import Outlier
from ._refusal import Refusal
from ._showing import (
    LISTED,
    histogram_blocks,
    leakage_block,
    lineage_block,
    outlier_block,
    quarantine_block,
    split_block,
)

SAMPLES = {"train": 8, "validation": 4, "test": 4}

Found = Mapping[str, Any]


def blocks(
    card: Found,
    passes: Sequence[Found],
    refused: Sequence[Refusal],
    rows: pd.DataFrame,
    described: Mapping[str, Found],
    twice: Found,
    leaks: Sequence[Leak],
    gone: Sequence[Leak],
    odd: Sequence[Outlier],
    ranges: float,
) -> list[Block]:
    """Everything in the order in which a reader asks."""
    splits = dict(zip(rows["id"], rows["split"], strict=True))
    return [
        split_block(card),
        *_shares(card),
        _samples(rows),
        lineage_block(passes),
        quarantine_block(refused),
        _contradicting(twice),
        leakage_block(leaks, gone, "text"),
        outlier_block(odd, splits, ranges),
        *_suspicious(rows, odd),
        *histogram_blocks(card["histograms"], described),
        _card(card),
    ]


def _shares(card: Found) -> list[Block]:
    """Where the pairs of each split come from."""
    found: list[Block] = []
    for tag, shares in card["shares"].items():
        values = sorted({value for split in SPLITS for value in shares[split]})
        rows = [(value, *(round(shares[split].get(value, 0.0), 3) for split in SPLITS)) for value in values]
        found.append(Table(f"Share by {tag}", columns=(tag, *SPLITS), rows=rows))
    return found


def _samples(rows: pd.DataFrame) -> Block:
    chosen = [
        row
        for split, count in SAMPLES.items()
        for row in _spread(list(rows.index[rows["split"] == split]), count)
    ]
    told = [tuple(rows.loc[row, ["split", "text", "target"]]) for row in chosen]
    return Table("Samples", columns=("Split", "Text", "Translation"), rows=told, folded=True)


def _suspicious(rows: pd.DataFrame, odd: Sequence[Outlier]) -> list[Block]:
    own = rows.set_index("id")
    told = [
        (item.metric, round(item.value, 3), own.loc[item.id, "text"], own.loc[item.id, "target"])
        for item in odd[:LISTED]
    ]
    if not told:
        return []
    return [
        Table(
            "Most suspicious pairs",
            columns=("Metric", "Value", "Text", "Translation"),
            rows=told,
            folded=True,
        )
    ]


def _contradicting(twice: Found) -> Block:
    items = twice["contradicting"]
    if not items:
        return Text(
            "Duplicates", text=f"{twice['copies']} equal pairs, kept once; no source has two translations."
        )
    rows = [
        (item["text"], "; ".join(f"{text} ({count})" for text, count in item["translations"].items()))
        for item in items[:LISTED]
    ]
    caption = (
        f"{twice['copies']} equal pairs, kept once. {len(items)} sources with several translations, of which the "
        "commonest is kept, of equally common ones the first; all in issues.json."
    )
    return Table("Duplicates", columns=("Text", "Translations"), rows=rows, caption=caption, folded=True)


def _card(card: Found) -> Block:
    facts = {
        "Title": card["title"],
        "Origin": card["origin"],
        "Licence": card["licence"],
        "Personal data": card["personal_data"],
        "Languages": " → ".join(card["languages"]),
        "Version": card["version"][:12],
        "Pairs": sum(card["counts"].values()),
        "Sub-words": card["subwords"],
        "Quarantined": card["quarantined"],
        "Description": card["description"],
    }
    return Facts("Dataset card", facts={name: value for name, value in facts.items() if value != ""})


def _spread(rows: list[Any], count: int) -> list[Any]:
    if len(rows) <= count:
        return rows
    return [rows[i * len(rows) // count] for i in range(count)]
