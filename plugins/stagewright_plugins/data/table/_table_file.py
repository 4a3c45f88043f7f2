"""Files read by DuckDB, with times as naive UTC and classes by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

# Words such as yes and no stay words: as truth values they would lose which class they name.
CSV = (
    "read_csv(?, auto_type_candidates = ['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'VARCHAR'])"
)
READERS = {
    ".csv": CSV,
    ".tsv": CSV,
    ".parquet": "read_parquet(?)",
    ".jsonl": "read_json(?)",
    ".json": "read_json(?)",
}


def rows(
    path: Path, query: str | None, classes: Sequence[str], named: Mapping[str, str], others: Sequence[str]
) -> pd.DataFrame:
    """The rows with times and classes as the data stage wants them; see `table_file`."""
    found = _read(path, query)
    for name in filter(None, (*named.values(), *others)):
        if name not in found:
            hint = "; leave out `time` where rows have none" if name == named["time"] else ""
            raise StagewrightError(
                f"data.source: {path} has no column {name!r}, {suggestion(name, list(found), 'column')}{hint}"
            )
    for name in {named["time"], named["known"]} - {""}:
        found[name] = _times(found[name], name)
    target = found[named["target"]]
    if pd.api.types.is_numeric_dtype(target):
        names = dict(enumerate(classes))
        found[named["target"]] = target.map(lambda value: names.get(value, value), na_action="ignore").astype(
            object
        )
    return found


def _read(path: Path, query: str | None) -> pd.DataFrame:
    files, reader = _files(path)
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            connection.execute(
                f"CREATE TABLE source AS SELECT * FROM {reader}", [[str(file) for file in files]]
            )
            connection.execute("SET enable_external_access = false")
            # As Arrow, because that keeps what a column is.
            return connection.sql(query or "FROM source").to_arrow_table().to_pandas()
        except duckdb.Error as error:
            what = "data.source.query" if query else "data.source.path"
            raise StagewrightError(f"{what}: {str(error).splitlines()[0]}") from error


def _files(path: Path) -> tuple[list[Path], str]:
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    kinds = {file.suffix.lower() for file in files if file.suffix.lower() in READERS}
    if not path.exists() or len(kinds) != 1:
        there = ", ".join(sorted(kinds)) or "no file of these"
        raise StagewrightError(
            f"data.source.path: {path} must hold files of one kind of {', '.join(READERS)}; it has {there}"
        )
    (kind,) = kinds
    return [file for file in files if file.suffix.lower() == kind], READERS[kind]


def _times(values: pd.Series, name: str) -> pd.Series:
    try:
        moments = pd.to_datetime(values, utc=True)
    except (ValueError, TypeError) as error:
        raise StagewrightError(f"data.source: {name!r} holds what is no time: {error}") from error
    return moments.dt.tz_localize(None).astype("datetime64[us]")
