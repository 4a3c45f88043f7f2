"""The part of the report that belongs to the evaluation of translations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stagewright.report.blocks import Block, Facts, Table

Found = Mapping[str, Any]
DRAWN = 12  # translations shown besides the worst


def bleu(found: Found) -> Block:
    """The number, its signature and its command."""
    facts = {"BLEU": round(found["score"], 2), "Signature": found["signature"], "Command": found["command"]}
    return Facts(
        "sacreBLEU", facts=facts, caption="The command gives the same number on the files of this artifact."
    )


def likeness(found: Sequence[Found], key: str) -> Block:
    """The model and the memory, by how like a text is to what was translated before."""
    rows = [
        (
            f"{item['low']:.2f} to {item['high']:.2f}",
            item["texts"],
            _rounded(item["model"].get(key)),
            _rounded((item["baseline"] or {}).get(key)),
        )
        for item in found
    ]
    caption = (
        "Likeness of the most similar source of the train split: 1 less the share of characters changed."
    )
    columns = ("Likeness", "Texts", f"{key}, model", f"{key}, without ML")
    return Table("By likeness to what was translated before", columns=columns, rows=rows, caption=caption)


def mistakes(found: Found) -> Block:
    """Texts per kind of mistake."""
    total = found["texts"] or 1
    rows = [
        (kind.replace("_", " "), item["texts"], round(item["texts"] / total, 3), item["what"])
        for kind, item in found["kinds"].items()
    ]
    caption = (
        f"{found['exact']} of {found['texts']} translations are the reference, letter for letter. A text counts for "
        "every kind that it shows, and only where the reference does not."
    )
    return Table("Mistakes", columns=("Kind", "Texts", "Share", "What"), rows=rows, caption=caption)


def worst(table: pd.DataFrame, key: str, most: int) -> list[Block]:
    """The worst translations, and some that were drawn evenly."""
    order = table.sort_values([key, "id"], kind="stable")
    columns = ("Text", "Reference", "Said", key, "Confidence", "Likeness", "Mistakes")
    found: list[Block] = []
    if most:
        caption = f"Lowest {key} first."
        rows = _rows(order.head(most), key)
        found.append(Table("Worst translations", columns=columns, rows=rows, caption=caption))
    step = max(1, len(table) // DRAWN)
    drawn = _rows(table.iloc[::step].head(DRAWN), key)
    caption = f"Every {step}th of the split."
    return [
        *found,
        Table("Some translations", columns=columns, rows=drawn, caption=caption, folded=bool(most)),
    ]


def _rows(table: pd.DataFrame, key: str) -> list[tuple[Any, ...]]:
    return [
        (
            row["text"],
            row["reference"],
            row["said"],
            _rounded(row[key]),
            round(row["confidence"], 3),
            round(row["match"], 3),
            row["mistakes"].replace("_", " "),
        )
        for _, row in table.iterrows()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)
