"""When something is due: `realtime`, `hourly`, `daily`, `weekly`, `monthly`, or cron text; always UTC.

A period has a key (`daily:2026-09-01T02:00Z`), so that a period is worked on once, however often, late or on how
many machines one looks.
"""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import AfterValidator

CRON = {
    "realtime": "* * * * *",
    "hourly": "0 * * * *",
    "daily": "0 2 * * *",
    "weekly": "0 3 * * 1",
    "monthly": "0 4 1 * *",
}


def cron(schedule: str) -> str:
    """A schedule as five-field cron text; raises ValueError for text that is neither a name nor cron."""
    from cronsim import CronSim, CronSimError

    words = CRON.get(schedule, schedule)
    try:
        CronSim(words, _time(0.0))
    except CronSimError as error:
        names = ", ".join(CRON)
        raise ValueError(f"{schedule!r} is neither {names} nor cron text ({error})") from error
    return words


def _checked(schedule: str) -> str:
    cron(schedule)
    return schedule


Schedule = Annotated[str, AfterValidator(_checked)]


def following(schedule: str, after: float) -> float:
    """Unix time of the first moment it is due after `after`; never due again is infinity."""
    from cronsim import CronSim

    found = next(CronSim(cron(schedule), _time(after)), None)
    return float("inf") if found is None else found.timestamp()


def latest(schedule: str, now: float) -> float | None:
    """Unix time of the last moment it was due, up to and including `now`."""
    from cronsim import CronSim

    # Backwards from a minute later: that search excludes its start.
    start = _time(now).replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)
    found = next(CronSim(cron(schedule), start, reverse=True), None)
    return None if found is None else found.timestamp()


def key(schedule: str, moment: float) -> str:
    """Name of the period that began at `moment`."""
    return f"{schedule}:{_time(moment):%Y-%m-%dT%H:%MZ}"


def _time(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC)
