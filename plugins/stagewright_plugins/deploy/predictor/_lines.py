"""Samples from files of text: a text on each line, JSON lines, CSV. Read a line at a time; a bad one is one bad row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright_plugins.packaging.tensors import DTYPES
from stagewright_plugins.tables.numbers import read_number, wrong

from ._samples import Sample, Samples, as_input, naming

TEXTS = frozenset({".txt"})
JSON = frozenset({".jsonl", ".ndjson"})
CSV = frozenset({".csv", ".tsv"})
LINES = TEXTS | JSON | CSV
SEPARATORS = ",;\t"

Signature = Mapping[str, Any]
Row = Mapping[str, Any]
# A file's rows, each to be read later: what it raises then is about this row only.
Rows = Callable[[Path], Iterator[Callable[[], Row]]]


def lines(source: Path, signature: Signature, said: str | None) -> Samples:
    """Rows of a file whose name ends in one of `LINES`; `said` is the column that names them, if it was said.

    Raises:
        StagewrightError: the package takes no columns, the first row lacks one that is needed, or there is no row.
    """
    suffix = source.suffix.lower()
    _takes_columns(source, signature)
    rows: Rows = _json if suffix in JSON else _csv
    if suffix in TEXTS:
        rows = _texts(source, signature)
    count = sum(1 for _ in rows(source))
    if not count:
        raise StagewrightError(f"{source} holds no rows to predict")
    id = None if suffix in TEXTS else _named_by(source, suffix, signature, said)

    def after(start: int) -> Iterator[Sample]:
        for number, row in enumerate(islice(rows(source), start, None), start):
            yield _sample(number, row, signature, id)

    with source.open("rb") as file:
        identity = file_digest(file, "sha256").hexdigest()
    return Samples(count, identity, after, id or "")


def _takes_columns(source: Path, signature: Signature) -> None:
    if any(len(tensor["shape"]) == 4 for tensor in signature["inputs"]):
        raise StagewrightError(
            f"the package takes pictures, {source} holds text: give it pictures, a folder of them, or Parquet"
        )


def _named_by(source: Path, suffix: str, signature: Signature, said: str | None) -> str | None:
    """The column that names rows; the line of column names, or the first object, must have all inputs.

    Later rows are judged one by one.
    """
    try:
        names = list(next(_json(source))()) if suffix in JSON else next(_cells(source))
    except ValueError as error:
        raise StagewrightError(f"{source} cannot be read: {error}") from None
    for name in (tensor["name"] for tensor in signature["inputs"]):
        if name not in names:
            raise StagewrightError(f"{source} has no column {name!r}, {suggestion(name, names, 'column')}")
    return naming(names, signature, said)


def _sample(number: int, row: Callable[[], Row], signature: Signature, id: str | None) -> Sample:
    """A row with an id of its own is known by that; one that cannot be read, or has none, by its number from 0."""
    wrong: list[str] = []
    try:
        found = row()
    except ValueError as error:
        found, wrong = {}, [str(error)]

    def read() -> dict[str, np.ndarray]:
        if wrong:
            raise ValueError(wrong[0])
        return {
            item["name"]: _input(signature, item, found.get(item["name"])) for item in signature["inputs"]
        }

    own = found.get(id) if id else None
    return Sample(str(number if own in (None, "") else own), read)


def _input(signature: Signature, tensor: Mapping[str, Any], value: Any) -> np.ndarray:
    """A cell: of CSV every one is text, and an empty one of a number is missing."""
    if isinstance(value, dict | list):
        raise ValueError(f"{tensor['name']} holds {json.dumps(value)[:40]}, a single value is needed")
    if isinstance(value, str) and DTYPES[tensor["datatype"]].kind != "O":
        return as_input(signature, tensor, _number(tensor["name"], value))
    return as_input(signature, tensor, value)


def _number(name: str, cell: str) -> float | None:
    try:
        return read_number(cell)
    except ValueError:
        raise ValueError(f"{name} holds {wrong(cell)}") from None


# ---- kinds of files --------------------------------------------------------------------------------


def _texts(source: Path, signature: Signature) -> Rows:
    """A text on each line, for the package's only input."""
    names = [tensor["name"] for tensor in signature["inputs"]]
    if len(names) != 1 or signature["inputs"][0]["datatype"] != "BYTES":
        said = ", ".join(map(repr, names))
        raise StagewrightError(
            f"{source}: the package takes columns ({said}), not one text a line: give it CSV, JSON lines or Parquet"
        )

    def rows(path: Path) -> Iterator[Callable[[], Row]]:
        for raw in _raw(path):
            yield lambda raw=raw: {names[0]: _decoded(raw)}

    return rows


def _json(path: Path) -> Iterator[Callable[[], Row]]:
    """An object on each line; empty lines are none."""
    for number, raw in enumerate(_raw(path), 1):
        if raw.strip():
            yield lambda raw=raw, number=number: _object(raw, number)


def _object(raw: bytes, number: int) -> Row:
    try:
        found = json.loads(_decoded(raw))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is not JSON: {error.msg} at column {error.colno}") from None
    if not isinstance(found, dict):
        raise ValueError(f'line {number} is no object such as {{"text": "..."}}')
    return found


def _csv(path: Path) -> Iterator[Callable[[], Row]]:
    """The first line names the columns; cells are separated by what it has most of: comma, semicolon or tab."""
    cells = _cells(path)
    names = next(cells, None)
    for row in cells if names else ():
        if row:  # an empty line is none
            yield lambda row=row: _named(names or [], row)


def _cells(path: Path) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            separator = max(SEPARATORS, key=head.count)
            yield from csv.reader(_from(head, file), delimiter=separator, strict=True)
    except (UnicodeDecodeError, csv.Error) as error:
        raise StagewrightError(f"{path} is no CSV in UTF-8: {error}") from None


def _from(head: str, file: io.TextIOWrapper) -> Iterable[str]:
    yield head
    yield from file


def _named(names: list[str], row: list[str]) -> Row:
    if len(row) != len(names):
        raise ValueError(
            f"the row has {len(row)} cells, the first line {len(names)}: put a text that holds the separator in quotes"
        )
    return dict(zip(names, row, strict=True))


def _raw(path: Path) -> Iterator[bytes]:
    """Lines without their ends, and without a byte order mark before the first."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            yield (line if number else line.removeprefix(b"\xef\xbb\xbf")).rstrip(b"\r\n")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8: {error.reason} at byte {error.start}") from None
