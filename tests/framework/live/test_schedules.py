"""Schedules: named periods and cron text, in UTC."""

import datetime

import pytest

from stagewright.live import schedules


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "now", "last", "next_"),
    [
        ("hourly", "2026-09-01 10:20", "2026-09-01 10:00", "2026-09-01 11:00"),
        ("daily", "2026-09-01 01:59", "2026-08-31 02:00", "2026-09-01 02:00"),
        ("weekly", "2026-09-01 00:00", "2026-08-31 03:00", "2026-09-07 03:00"),
        ("monthly", "2026-09-01 04:00", "2026-09-01 04:00", "2026-10-01 04:00"),
        ("*/15 * * * *", "2026-09-01 10:20", "2026-09-01 10:15", "2026-09-01 10:30"),
    ],
)
def test_when_it_is_due(schedule, now, last, next_):
    assert schedules.latest(schedule, at(now)) == at(last)
    assert schedules.following(schedule, at(now)) == at(next_)


def test_a_period_has_one_key():
    moment = schedules.latest("daily", at("2026-09-01 10:20"))
    assert schedules.key("daily", moment) == "daily:2026-09-01T02:00Z"


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="neither realtime, hourly"):
        schedules.cron("now and then")
