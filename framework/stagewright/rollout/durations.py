"""Durations as Argo Rollouts and Go write them: `30s`, `5m`, `1h30m`, or a number of seconds."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def seconds(value: Any) -> Any:
    """Text as seconds; anything else is left to the schema. Raises ValueError for text that is no duration."""
    if not isinstance(value, str):
        return value
    if not _WHOLE.fullmatch(value):
        raise ValueError(f"a duration is seconds or text such as `30s`, `5m`, `1h30m`, got {value!r}")
    return sum(float(number) * UNITS[unit] for number, unit in _PART.findall(value))


def text(value: float) -> str:
    """Seconds as the shortest exact text in one unit: 300 → `5m`."""
    for unit in ("d", "h", "m"):
        if value and value % UNITS[unit] == 0:
            return f"{int(value // UNITS[unit])}{unit}"
    return f"{value:g}s"


Duration = Annotated[float, BeforeValidator(seconds, json_schema_input_type=float | str), Field(ge=0)]
