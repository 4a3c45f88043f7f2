"""Pairs of a text and its translation, in the kinds of files that people keep them in."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion

Columns = tuple[str, str]
Pair = tuple[str, str]
# By number of the line: gives the pair, or raises ValueError with what is wrong with the line.
Pairs = dict[str, Callable[[], Pair]]
JSON = frozenset({".jsonl", ".ndjson"})
SEPARATORS = ",;\t"
HOW = "`columns: [text, translation]` says what they are called"


def in_two(path: Path, other: Path) -> Pairs:
    """Line n of one file with line n of the other; where both are empty there is no pair."""
    texts, translations = lines(path), lines(other)
    if len(texts) != len(translations):
        raise StagewrightError(
            f"data.source: {path.name} has {len(texts)} lines and {other.name} {len(translations)}; "
            "line n of one must translate line n of the other"
        )
    both = zip(texts, translations, strict=True)
    return {str(i): _given(*pair) for i, pair in enumerate(both, 1) if any(text.strip() for text in pair)}


def in_one(path: Path, columns: Columns | None, languages: Columns) -> Pairs:
    """By the file's suffix: JSON lines, CSV with a line of names, else columns separated by tabs.

    Without `columns` they are the ones named like the languages, or of a file without names the first two.

    Raises:
        StagewrightError: the file cannot be read, or has no such column.
    """
    if path.suffix.lower() in JSON:
        return _objects(path, columns or languages)
    if path.suffix.lower() == ".csv":
        rows = _cells(path)
        return _named(path, rows, next(rows, (1, []))[1], columns or languages)
    rows = ((i, line.split("\t")) for i, line in enumerate(lines(path), 1) if line.strip())
    first = next(rows, None)
    if first and (columns or [name.strip() for name in first[1]] == list(languages)):
        return _named(path, rows, first[1], columns or languages)
    return {str(i): _first_two(i, row) for i, row in [*([first] if first else []), *rows]}


def lines(path: Path) -> list[str]:
    """The lines of a file; raises StagewrightError where it is none, or no UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except FileNotFoundError:
        raise StagewrightError(f"data.source: there is no file {path}") from None
    except IsADirectoryError:
        raise StagewrightError(f"data.source: {path} is a folder, name a file in it") from None
    except UnicodeDecodeError as error:
        raise StagewrightError(
            f"data.source: {path} is no UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None


def _objects(path: Path, columns: Columns) -> Pairs:
    return {str(i): _object(i, line, columns) for i, line in enumerate(lines(path), 1) if line.strip()}


def _object(number: int, line: str, columns: Columns) -> Callable[[], Pair]:
    def read() -> Pair:
        try:
            found = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is not JSON: {error.msg} at column {error.colno}") from None
        if not isinstance(found, Mapping):
            raise ValueError(
                f"line {number} is no object such as {json.dumps(dict.fromkeys(columns, '...'))}"
            )
        for name in columns:
            if not isinstance(found.get(name), str | None):
                raise ValueError(f"{name!r} of line {number} is no text")
            if name not in found:
                said = suggestion(name, found, "key")
                raise ValueError(f"line {number} has no {name!r}, {said}; {HOW}")
        return found[columns[0]] or "", found[columns[1]] or ""

    return read


def _cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV that have a cell, with the number of the line on which each ends."""
    text = lines(path)
    head = next((line for line in text if line.strip()), "")
    separator = max(SEPARATORS, key=head.count)
    reader = csv.reader((f"{line}\n" for line in text), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise StagewrightError(f"data.source: {path} is no CSV: {error} (line {reader.line_num})") from None


def _named(
    path: Path, rows: Iterator[tuple[int, list[str]]], names: Sequence[str], columns: Columns
) -> Pairs:
    names = [name.strip() for name in names]
    for name in columns:
        if name not in names:
            raise StagewrightError(
                f"data.source: {path.name} has no column {name!r}, {suggestion(name, names, 'column')}; {HOW}"
            )
    places = [names.index(name) for name in columns]
    return {str(i): _at(i, row, len(names), places) for i, row in rows}


def _at(number: int, row: Sequence[str], count: int, places: Sequence[int]) -> Callable[[], Pair]:
    def read() -> Pair:
        if len(row) != count:
            raise ValueError(f"line {number} has {len(row)} columns, the first line {count}")
        return row[places[0]], row[places[1]]

    return read


def _first_two(number: int, row: Sequence[str]) -> Callable[[], Pair]:
    def read() -> Pair:
        if len(row) < 2:
            raise ValueError(f"line {number} has no tab between text and translation")
        return row[0], row[1]

    return read


def _given(text: str, translation: str) -> Callable[[], Pair]:
    return lambda: (text, translation)
