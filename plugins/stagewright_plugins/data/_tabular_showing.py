"""The part of the report that belongs to the stage `tabular`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stagewright.report.blocks import Block, Facts, Histogram, HistogramSeries, Lines, Series, Table, Text
from stagewright.stages.data import SPLITS, FeatureView

from ._histograms import histograms
from ._refusal import Refusal
from ._showing import lineage_block, quarantine_block, split_block

OPEN = 2

Found = Mapping[str, Any]


def blocks(
    card: Found,
    passes: Sequence[Found],
    refused: Sequence[Refusal],
    quality: Found,
    issues: Found,
    rows: pd.DataFrame,
    views: Sequence[FeatureView],
) -> list[Block]:
    """Everything in the order in which a reader asks."""
    return [
        split_block(card),
        _over_time(rows, card["classes"]) if card["until"] else _shares(card),
        lineage_block(passes),
        quarantine_block(refused),
        *([_views(views)] if views else []),
        *_odd(quality, issues, bool(rows["time"].notna().all())),
        _columns(quality),
        *_histograms(rows, quality),
        _card(card),
    ]


def _card(card: Found) -> Block:
    facts = {
        "Title": card["title"],
        "Origin": card["origin"],
        "Licence": card["licence"],
        "Personal data": card["personal_data"],
        "Version": card["version"][:12],
        "Rows": sum(card["counts"].values()),
        "Until": card["until"],
        "Rows after that, not looked at": card["live"] if card["until"] else "",
        "Columns": len(card["columns"]),
        "Description": card["description"],
        "Citation": card["citation"],
    }
    return Facts("Dataset card", facts={name: value for name, value in facts.items() if value != ""})


def _over_time(rows: pd.DataFrame, classes: Sequence[str]) -> Block:
    """Share of each class but the first, per day and split."""
    days = rows["time"].dt.floor("D")
    start = days.min()
    series = []
    for split in SPLITS:
        inside = rows["split"] == split
        for index in range(1, len(classes)):
            share = (rows.loc[inside, "target"] == index).groupby(days[inside]).mean()
            x = [int(day) for day in (share.index - start).days]
            series.append(Series(f"{classes[index]}, {split}", x, [round(float(v), 4) for v in share]))
    caption = f"Share of rows per day; day 0 is {start:%Y-%m-%d}."
    return Lines("Target over time", series=series, x_label="day", y_label="share", caption=caption)


def _shares(card: Found) -> Block:
    """The same of rows that are not cut by time: one share per class and split."""
    rows = [(name, *(card["shares"][split][name] for split in SPLITS)) for name in card["classes"]]
    return Table("Target", columns=("Class", *SPLITS), rows=rows, caption="Share of the rows of each split.")


def _views(views: Sequence[FeatureView]) -> Block:
    rows = [
        (
            view.name,
            ", ".join(view.entities),
            ", ".join(view.columns),
            f"{view.ttl.total_seconds() / 3600:g} h" if view.ttl else "never",
            view.doc,
        )
        for view in views
    ]
    caption = "Each row gets the newest values that were known at its time and have not expired."
    columns = ("View", "Entities", "Features", "Expires", "What")
    return Table("Feature views", columns=columns, rows=rows, caption=caption)


def _odd(quality: Found, issues: Found, timed: bool) -> list[Block]:
    constant = [name for name, facts in quality.items() if facts["constant"]]
    found = [f"{', '.join(constant)} never vary"] if constant else []
    twice = issues["duplicates"]
    if twice["rows"]:
        contradicting = (
            f", {twice['contradicting']} sets with different targets" if twice["contradicting"] else ""
        )
        time = " and in time" if timed else ""
        found.append(f"{twice['rows']} rows agree with another in every feature{time}{contradicting}")
    if not found:
        return [Text("Constant columns and copies", text="None.", tone="good")]
    return [Text("Constant columns and copies", text=f"{'; '.join(found)}.", tone="warning")]


def _columns(quality: Found) -> Block:
    rows = [
        (
            name,
            facts["kind"],
            facts["doc"] + (f" ({facts['unit']})" if facts["unit"] else ""),
            *(facts["missing"][split] for split in SPLITS),
            facts["distinct"],
            facts.get("outliers"),
            facts.get("unseen", {}).get("test"),
        )
        for name, facts in quality.items()
    ]
    caption = "Shares. Unseen: test rows whose category the train split does not have."
    names = (
        "Column",
        "Kind",
        "What",
        *(f"Missing, {split}" for split in SPLITS),
        "Distinct",
        "Outliers",
        "Unseen",
    )
    return Table("Columns", columns=names, rows=rows, caption=caption)


def _histograms(rows: pd.DataFrame, quality: Found) -> list[Block]:
    numbers = [name for name, facts in quality.items() if facts["kind"] == "number"]
    drawn = histograms(rows, numbers)
    return [
        Histogram(
            name,
            series=[HistogramSeries(s, drawn[name]["edges"], drawn[name]["counts"][s]) for s in SPLITS],  # type: ignore[index]
            x_label=quality[name]["unit"] or name,
            caption=quality[name]["doc"],
            folded=position >= OPEN,
        )
        for position, name in enumerate(drawn)
    ]
