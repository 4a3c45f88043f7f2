"""Feature values as they were at any moment: Parquet files, joined point in time by DuckDB."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from stagewright.errors import StagewrightError
from stagewright.stages.data import FeatureView

TIME = "event_timestamp"
ROW, AGE = "__row", "__age"


def write(view: FeatureView, folder: Path) -> Path:
    """Write a view as `<folder>/<name>.parquet`, in the order of time.

    Of several rows for one entity and moment the last one counts; rows without an entity or a time are left out.

    Raises:
        StagewrightError: a column that the view promises is missing.
    """
    wanted = [*view.entities, TIME, *view.columns]
    missing = [name for name in wanted if name not in view.rows]
    if missing:
        raise StagewrightError(f"feature view {view.name!r} lacks the column {missing[0]!r}")
    keys = [*view.entities, TIME]
    rows = view.rows[wanted].dropna(subset=keys).drop_duplicates(keys, keep="last")
    rows = rows.sort_values([TIME, *view.entities], kind="stable")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{view.name}.parquet"
    rows.to_parquet(path, index=False)
    return path


def joined(
    entities: pd.DataFrame,
    path: Path,
    keys: Sequence[str],
    features: Sequence[str],
    ttl: datetime.timedelta | None = None,
) -> pd.DataFrame:
    """The newest values that were known at the time of each row (an ASOF join); missing where there are none.

    Args:
        entities: the `keys` and `event_timestamp` (naive UTC), any order, rows may repeat.
        path: what `write` wrote.
        keys: entity columns.
        features: columns to get.
        ttl: values older than that are missing. Exactly as old still counts.

    Returns:
        The features, one row per row of `entities`, in its order and with its index.
    """
    asked = entities[[*keys, TIME]].assign(**{ROW: range(len(entities))})
    given = pa.Table.from_pandas(asked, preserve_index=False)
    on = " AND ".join(f"asked.{_quoted(key)} = known.{_quoted(key)}" for key in keys)
    chosen = ", ".join(f"known.{_quoted(name)}" for name in features)
    with duckdb.connect(":memory:") as connection:
        connection.register("asked", given)
        connection.from_parquet(str(path)).create_view("known")
        found = connection.sql(
            f"SELECT epoch_us(asked.{TIME}) - epoch_us(known.{TIME}) AS {AGE}, {chosen} FROM asked "
            f"ASOF LEFT JOIN known ON {on} AND asked.{TIME} >= known.{TIME} ORDER BY asked.{ROW}"
        ).to_arrow_table()
    frame = found.to_pandas()
    if ttl is not None:
        expired = ~(frame[AGE] <= ttl / datetime.timedelta(microseconds=1))  # also where there is no value
        frame.loc[expired, list(features)] = None
    return frame[list(features)].set_index(entities.index)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
