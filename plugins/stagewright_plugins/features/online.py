"""The newest feature values by entity, for requests: one SQLite file, one table."""

from __future__ import annotations

import datetime
import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from .offline import TIME

SCHEMA = """CREATE TABLE IF NOT EXISTS feature_values (
    view TEXT NOT NULL, entity TEXT NOT NULL, event_timestamp TEXT NOT NULL, features TEXT NOT NULL,
    PRIMARY KEY (view, entity)
) WITHOUT ROWID"""
# A value is replaced by a newer one only: loading again, or in another order, changes nothing.
UPSERT = """INSERT INTO feature_values VALUES (?, ?, ?, ?) ON CONFLICT (view, entity) DO UPDATE SET
    event_timestamp = excluded.event_timestamp, features = excluded.features
    WHERE excluded.event_timestamp >= feature_values.event_timestamp"""
ASK = "SELECT event_timestamp, features FROM feature_values WHERE view = ? AND entity = ?"


class Online:
    """Reads and writes one file; every call opens it anew, so threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, view: str, keys: Sequence[str], rows: pd.DataFrame) -> int:
        """Keep the newest row of each entity (`rows` in the order of time); gives how many entities."""
        newest = rows.drop_duplicates(list(keys), keep="last")
        features = [name for name in newest if name not in (*keys, TIME)]
        records = newest.to_dict("records")
        values = [
            (view, _entity(row, keys), _stamp(row[TIME]), json.dumps({f: _plain(row[f]) for f in features}))
            for row in records
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute(SCHEMA)
            connection.executemany(UPSERT, values)
        return len(values)

    def ask(
        self,
        view: str,
        keys: Sequence[str],
        entity: Mapping[str, Any],
        now: datetime.datetime,
        ttl: datetime.timedelta | None = None,
    ) -> dict[str, Any]:
        """The values of one entity that are not older than `ttl` at `now`; empty where there are none."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            found = connection.execute(ASK, (view, _entity(entity, keys))).fetchone()
        if found is None:
            return {}
        age = now - datetime.datetime.fromisoformat(found[0])
        if age < datetime.timedelta(0) or (ttl is not None and age > ttl):
            return {}
        values: dict[str, Any] = json.loads(found[1])
        return values


def _entity(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    return json.dumps([str(row[key]) for key in keys])


def _stamp(time: pd.Timestamp) -> str:
    return time.isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NaT:
        return None
    return value.item() if hasattr(value, "item") else value
