"""Own tables: what is wrong between settings is known before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.errors import Problem
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry

SPEC = {"type": "table_file", "path": "rows.csv", "id": "row", "target": "outcome"}


def problems(columns: tuple[str, ...] = ("size",), **settings: Any) -> list[str]:
    found: list[Problem] = []
    spec = SPEC | {"columns": {name: {"kind": "number"} for name in columns}} | settings
    bind(Registry(), "data.table", spec, ("data", "source"), found)
    return [str(item) for item in found]


def test_right_settings_contradict_nothing() -> None:
    assert not problems()
    assert not problems(time="at", known="seen", outcomes=["late"])
    assert not problems(time="at", time_format="%d.%m.%Y %H:%M:%S.%f %z")


@pytest.mark.parametrize(
    ("columns", "settings", "said"),
    [
        (("size",), {"known": "seen"}, "data.source.known: 'seen' needs `time`"),
        (("size",), {"time_format": "%Y"}, "data.source.time_format: there is no `time` to read"),
        (
            ("size",),
            {"time": "at", "time_format": "DD.MM.YYYY"},
            "data.source.time_format: 'DD.MM.YYYY' is no format",
        ),
        (
            ("size",),
            {"time": "at", "time_format": "%d.%m.%Q"},
            "data.source.time_format: '%d.%m.%Q' is no format",
        ),
        (("size", "outcome"), {}, "data.source.columns.outcome: 'outcome' is the target"),
        (("size", "late"), {"outcomes": ["late"]}, "data.source.columns.late: 'late' is an outcome"),
        (("size", "split"), {}, "data.source.columns.split: a column to learn from cannot be named 'split'"),
    ],
)
def test_what_contradicts_is_said_before_anything_is_read(
    columns: tuple[str, ...], settings: dict[str, Any], said: str
) -> None:
    (line,) = problems(columns, **settings)
    assert line.startswith(said)
