"""Rows dealt to splits without looking at time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.stages.data import SplitChoice, SplitInputs

from ._cutting import Cut
from ._splitter import dealt as splits_of
from ._splitter import none_empty
from .split.by_hash import by_hash


def dealt(
    rows: pd.DataFrame,
    classes: Sequence[str],
    splitter: SplitChoice | None,
    seed: int,
    say: Callable[[str], None] = lambda _: None,
) -> Cut:
    """Rows with their split, by `by_hash` where the recipe names no splitter; none is `live`.

    A splitter sees all columns, `target` by the name of the class, and `time` as ISO 8601, empty where there is none.
    What it has to tell goes to `say`.

    Raises:
        StagewrightError: a split gets no rows, a group is in two, or the splitter does not give one of the three per
            row.
    """
    names = dict(enumerate(classes))
    moments = rows["time"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("")
    shown = rows.assign(target=rows["target"].map(names), time=moments).drop(columns="label_time")
    inputs = SplitInputs(shown, seed, say)
    who = f"data.split: {splitter.type if splitter else 'by_hash'!r}"
    found = splits_of(splitter or by_hash, inputs, who, "rows")
    none_empty(found, f"{who} leaves none of {len(rows)} rows for")
    _whole(rows, found, who)
    return Cut(rows.assign(split=found), None, len(rows), 0)


def _whole(rows: pd.DataFrame, found: Sequence[str], who: str) -> None:
    """Rows of one group tell of each other: test scores would be too good."""
    grouped = pd.DataFrame({"group": rows["group"].to_numpy(), "split": found}).query("group != ''")
    splits = grouped.groupby("group")["split"].nunique()
    torn = splits[splits > 1].index
    if len(torn):
        raise StagewrightError(
            f"{who} leaves {len(torn)} groups in more than one split, such as {torn[0]!r}; use by_hash or grouped"
        )
