"""What is wrong between settings of a table before it is read."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

# What the framework names in a row; a column to learn from would be mistaken for it.
RESERVED = ("id", "time", "label_time", "group", "target", "split")


def contradictions(settings: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Moments that cannot be read, and columns that cannot be learned from, each at its place."""
    return [*_untimed(settings), *_unwritten(settings), *_not_features(settings)]


def _untimed(settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    if settings["known"] and not settings["time"]:
        said = (
            f"{settings['known']!r} needs `time`, the moment of the prediction; name it, or leave `known` out"
        )
        yield ("known",), said
    if settings["time_format"] and not settings["time"]:
        yield ("time_format",), "there is no `time` to read; name its column, or leave `time_format` out"


def _unwritten(settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """A format that strptime does not know: one of another tool (`DD.MM.YYYY`), or `mixed`, by which pandas guesses."""
    form = settings["time_format"]
    if not form:
        return
    wrong = "" if "%" in form else "no part of it begins with %"
    try:
        datetime.datetime.strptime("", form)
    except ValueError as error:
        wrong = wrong or (str(error) if "time data" not in str(error) else "")
    if wrong:
        yield ("time_format",), f"{form!r} is no format of strptime, such as '%d.%m.%Y': {wrong}"


def _not_features(settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name in settings["columns"]:
        if name == settings["target"]:
            yield ("columns", name), f"{name!r} is the target, a model would be told the answer; leave it out"
        elif name in settings["outcomes"]:
            yield (
                ("columns", name),
                f"{name!r} is an outcome and cannot be a column to learn from; leave it out",
            )
        elif name in RESERVED:
            how = f'`query: SELECT *, "{name}" AS my_{name} FROM source` renames it'
            yield ("columns", name), f"a column to learn from cannot be named {name!r}; {how}"
