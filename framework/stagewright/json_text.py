"""JSON as RFC 8259 has it: without NaN and Infinity, which Python would write and other tools refuse to read.

`text` is for files that others read: what is no number becomes null. `exact` is for our own: such a value comes back
as it was.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

KEY = "not-a-json-number"  # in files of ours: {KEY: "nan"}
Swap = Callable[[float], Any]


def text(value: Any, indent: int | None = None) -> str:
    """A value as JSON; floats that are not finite are null, what JSON has no word for is text."""
    return _written(value, lambda _: None, indent)


def exact(value: Any) -> str:
    """The same, except that floats that are not finite are kept for `read_exact`."""
    return _written(value, lambda number: {KEY: repr(number)}, None)


def read_exact(written: str) -> Any:
    """What `exact` wrote, or plain JSON with Python's NaN and Infinity in it."""
    return json.loads(written, object_hook=_restored)


def plain(value: Any) -> Any:
    """The value that a reader of `text(value)` gets."""
    return json.loads(text(value))


def read(written: str) -> Any:
    """What `text` wrote; Python's NaN and Infinity, which records of before may hold, are null too."""
    return json.loads(written, parse_constant=lambda _: None)


def _written(value: Any, swap: Swap, indent: int | None) -> str:
    try:
        return json.dumps(value, default=_plain, allow_nan=False, indent=indent)
    except ValueError:  # rare, so only then is the value walked through
        return json.dumps(_swapped(value, swap), allow_nan=False, indent=indent)


def _swapped(value: Any, swap: Swap) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else swap(float(value))
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _swapped(item, swap) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_swapped(item, swap) for item in value]
    return _swapped(_plain(value), swap)


def _key(key: Any) -> Any:
    return repr(key) if isinstance(key, float) else key


def _plain(value: Any) -> Any:
    """Scalars of array libraries as plain numbers, anything else as text."""
    try:
        found = value.item()
    except (AttributeError, TypeError, ValueError, RuntimeError):  # no scalar: an array says so as it likes
        return str(value)
    return found if isinstance(found, str | int | float | None) else str(found)


def _restored(found: dict[str, Any]) -> Any:
    return float(found[KEY]) if found.keys() == {KEY} else found
