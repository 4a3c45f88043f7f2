"""The time that the stage lives through, cut into calendar periods of the data's own time zone."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from stagewright.errors import StagewrightError
from stagewright_plugins.tables.arriving import Arriving

from ._stream_settings import Every, Settings

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Rows from `start` up to `end` (Unix time, midnights of the zone), in order."""

    key: str
    start: float
    end: float
    last: datetime.datetime  # `end` in the zone: what a retraining calls today
    rows: Arriving


def periods(arriving: Arriving, zone: str, settings: Settings) -> list[Period]:
    """All periods that have rows; raises StagewrightError where none has."""
    place = ZoneInfo(zone)
    begin = settings.start or datetime.datetime.fromtimestamp(arriving.times[0], place).date()
    end = settings.end or datetime.datetime.fromtimestamp(arriving.times[-1], place).date() + DAY
    found = []
    for day, following in _spans(begin, end, settings.every):
        first, last = (datetime.datetime.combine(date, datetime.time(), place) for date in (day, following))
        bounds = np.searchsorted(arriving.times, [first.timestamp(), last.timestamp()])
        if bounds[0] < bounds[1]:
            rows = arriving.taken(np.arange(*bounds))
            key = f"{day:%Y-%m}" if settings.every == "month" else f"{day:%Y-%m-%d}"
            found.append(Period(key, first.timestamp(), last.timestamp(), last, rows))
    if not found:
        raise StagewrightError(
            f"monitor: the data has no rows from {begin} up to {end}; set `start` and `end`"
        )
    return found


def _spans(
    begin: datetime.date, end: datetime.date, every: Every
) -> Iterator[tuple[datetime.date, datetime.date]]:
    """From each first of a month, or Monday, to the next; the outer two may be shorter."""
    while begin < end:
        month = (begin.replace(day=1) + 32 * DAY).replace(day=1)
        following = month if every == "month" else begin + (7 - begin.weekday()) * DAY
        yield begin, min(following, end)
        begin = following
