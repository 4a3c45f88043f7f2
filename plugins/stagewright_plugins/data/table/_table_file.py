"""Files read by DuckDB: words as they stand, times as naive UTC, classes by name."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

from ._moments import moments

# Words such as yes and no stay words: as truth values they would lose which class they name.
CSV = (
    "read_csv($files, header = true, skip = 0, comment = '', types = {{{types}}}, sample_size = {sample}, "
    "auto_type_candidates = ['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'VARCHAR'])"
)
JSON = "read_json($files)"
READERS = {".csv": CSV, ".tsv": CSV, ".parquet": "read_parquet($files)", ".jsonl": JSON, ".json": JSON}
OF_TEXTS = {
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "UUID",
}  # what DuckDB makes of JSON's texts
ISO = "dateformat = 'iso', timestampformat = 'iso'"
FIRST, ALL = 20480, -1  # rows by which DuckDB finds what columns hold
SEPARATORS = ",;\t|"


def rows(
    path: Path,
    query: str | None,
    classes: Sequence[str],
    named: Mapping[str, str],
    others: Sequence[str],
    words: Sequence[str],
    time_format: str | None = None,
) -> pd.DataFrame:
    """The rows with times and classes as the data stage wants them; see `table_file`.

    `words` are columns whose cells are kept as the file writes them (`01234`, `1.50`), as a request has them; where a
    query makes the columns, it says what they are. So are times, to be read by `time_format`.
    """
    times = {named["time"], named["known"]} - {""}
    texts = {*times} if time_format or not query else set()
    found = _read(path, query, texts, set() if query else set(words))
    for name in filter(None, (*named.values(), *others)):
        if name not in found:
            raise StagewrightError(f"data.source: {path} has no column {name!r}, {_hint(name, named, found)}")
    for name in times:
        found[name] = moments(found[name], name, time_format)
    found[named["target"]] = _classes(found[named["target"]], classes)
    return found


def _hint(name: str, named: Mapping[str, str], found: pd.DataFrame) -> str:
    near = suggestion(name, list(found), "column")
    if name == named["time"]:
        return f"{near}; leave out `time` where rows have none"
    if name == named["id"]:
        how = f"SELECT *, row_number() OVER () AS {name} FROM source"
        return f"{near}; where none names a row, `query: {how}` numbers them"
    return near


def _classes(values: pd.Series, classes: Sequence[str]) -> pd.Series:
    """Classes by name; a number is an index, unless a class is called so."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("integer", "floating", "boolean"):
        return values
    names = dict(enumerate(classes)) | {float(name): name for name in classes if _is_number(name)}
    return values.map(lambda value: names.get(value, value), na_action="ignore").astype(object)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


# ---- files -----------------------------------------------------------------------------------------


def _read(path: Path, query: str | None, times: set[str], words: set[str]) -> pd.DataFrame:
    files, reader = _files(path)
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            _load(connection, files, reader, times, words)
        except duckdb.Error as error:
            raise StagewrightError(f"data.source.path: {path} cannot be read: {_said(error)}") from error
        connection.execute("SET enable_external_access = false")
        try:
            # As Arrow, because that keeps what a column is; whole numbers stay so where one is missing.
            table = connection.sql(query or "FROM source").to_arrow_table()
        except duckdb.Error as error:
            raise StagewrightError(f"data.source.query: {_said(error)}") from error
        return table.to_pandas(integer_object_nulls=True)


def _load(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    reader: str,
    times: set[str],
    words: set[str],
) -> None:
    """The files as the table `source`; of CSV, all rows say what a column holds where the first do not."""
    if reader is JSON:
        _create(connection, files, _json(connection, files, times, words))
        return
    if reader is not CSV:
        _create(connection, files, reader)
        return
    try:
        names = _create_csv(connection, files, times | words, FIRST)
    except duckdb.Error:
        names = _create_csv(connection, files, times | words, ALL)
    if len(names) == 1 and any(sign in names[0] for sign in SEPARATORS):
        raise StagewrightError(f"data.source.path: {_ragged(files)}")


def _json(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], times: set[str], words: set[str]
) -> str:
    """The reader of JSON that leaves texts as they are written: DuckDB would take `03-01-2024` for a date."""
    types = _described(connection, files, JSON)
    kept = {name for name, kind in types.items() if name in times or (name in words and kind in OF_TEXTS)}
    if not kept:
        return JSON
    types = _described(connection, files, f"read_json($files, {ISO})") | dict.fromkeys(kept, "VARCHAR")
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in types.items())
    return f"read_json($files, {ISO}, columns = {{{columns}}})"


def _described(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], reader: str) -> dict[str, str]:
    """What DuckDB takes each column for."""
    told = connection.execute(f"DESCRIBE FROM {reader}", _given(files)).fetchall()
    return {str(row[0]): str(row[1]) for row in told}


def _create_csv(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], words: Collection[str], sample: int
) -> list[str]:
    names = list(_described(connection, files, CSV.format(types="", sample=sample)))
    types = ", ".join(f"{_quoted(name)}: 'VARCHAR'" for name in names if name in words)
    _create(connection, files, CSV.format(types=types, sample=sample))
    return names


def _create(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], reader: str) -> None:
    connection.execute(f"CREATE TABLE source AS SELECT * FROM {reader}", _given(files))


def _given(files: Sequence[Path]) -> dict[str, list[str]]:
    return {"files": [str(file) for file in files]}


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _files(path: Path) -> tuple[list[Path], str]:
    files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    kinds = {file.suffix.lower() for file in files if file.suffix.lower() in READERS}
    if not path.exists() or len(kinds) != 1:
        there = ", ".join(sorted(kinds)) or "no file of these"
        raise StagewrightError(
            f"data.source.path: {path} must hold files of one kind of {', '.join(READERS)}; it has {there}"
        )
    (kind,) = kinds
    found = [file for file in files if file.suffix.lower() == kind]
    if not any(file.stat().st_size for file in found):
        raise StagewrightError(f"data.source.path: {path} is empty")
    return found, READERS[kind]


# ---- what is wrong with a file ---------------------------------------------------------------------


def _said(error: duckdb.Error) -> str:
    """What DuckDB says up to its advice, which is about settings that nobody here has."""
    first = str(error).split("\n\n", maxsplit=1)[0].splitlines()
    told = " ".join(line for line in first if not line.startswith("Original Line")).rstrip(".")
    return f"{told}; save it as UTF-8" if "not utf-8" in told else told


def _ragged(files: Sequence[Path]) -> str:
    """The first line that has more or fewer cells than the line of names, which is why no columns were found."""
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            head = opened.readline()
            opened.seek(0)
            reader = csv.reader(opened, delimiter=max(SEPARATORS, key=head.count))
            names = next(reader)
            odd = next((row for row in reader if row and len(row) != len(names)), None)
            if odd is not None:
                return (
                    f"line {reader.line_num} of {file} has {len(odd)} cells, the first line {len(names)}; "
                    "put a text that holds the separator in quotes"
                )
    return f"no columns can be told apart in {files[0]}"
