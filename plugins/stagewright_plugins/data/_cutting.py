"""Rows dealt to splits by time, as if today were the cut-off day."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.stages.data import SPLITS

if TYPE_CHECKING:
    from ._tabular import Choices

LIVE = "live"


@dataclass(frozen=True)
class Cut:
    """Rows with their `split`: one of the three, or `live`.

    Attributes:
        until: the cut-off, naive UTC; None where rows are not cut by time.
        before: rows there were.
        purged: rows left out because their outcome was not known when their split ended.
    """

    rows: pd.DataFrame
    until: datetime.datetime | None
    before: int
    purged: int


def cut(rows: pd.DataFrame, zone: str, choices: Choices) -> Cut:
    """Deal rows (in the order of `time`) to splits; days begin at midnight of `zone`.

    A split may use only what was known at its end: with outcomes that come in later, training would look past the
    day on which it stands (purging, López de Prado, 2018, ch. 7).

    Raises:
        StagewrightError: a split gets no rows.
    """
    last = choices.until or _day(rows["time"].max(), zone) + datetime.timedelta(days=1)
    moment = _midnights(zone)
    days = (0, choices.test_days, choices.test_days + choices.validation_days)
    until, test, validation = (moment(last - datetime.timedelta(days=n)) for n in days)
    begin = pd.Timestamp.min
    if choices.train_days is not None:
        begin = moment(last - datetime.timedelta(days=days[2] + choices.train_days))
    time, known = rows["time"], rows["label_time"]
    bounds = {"train": (begin, validation), "validation": (validation, test), "test": (test, until)}
    split = np.where(time >= until, LIVE, "")
    purged = 0
    for name, (start, end) in bounds.items():
        inside = ((time >= start) & (time < end)).to_numpy()
        late = (known > end).to_numpy()
        split = np.where(inside & ~late, name, split)
        purged += int((inside & late).sum())
    dealt = rows.assign(split=split)[split != ""]
    for name in SPLITS:
        if not (dealt["split"] == name).any():
            there = f"the data runs from {time.min():%Y-%m-%d} to {time.max():%Y-%m-%d}"
            raise StagewrightError(f"data.until: {last} leaves no rows for {name}; {there}")
    return Cut(dealt.reset_index(drop=True), until.to_pydatetime(), len(rows), purged)


def _midnights(zone: str) -> Callable[[datetime.date], pd.Timestamp]:
    def moment(day: datetime.date) -> pd.Timestamp:
        aware = pd.Timestamp(day).tz_localize(zone, nonexistent="shift_forward", ambiguous=True)
        return aware.tz_convert("UTC").tz_localize(None)

    return moment


def _day(time: pd.Timestamp, zone: str) -> datetime.date:
    day: datetime.date = time.tz_localize("UTC").tz_convert(zone).date()
    return day
