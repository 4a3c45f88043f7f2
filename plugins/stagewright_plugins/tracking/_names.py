"""What MLflow accepts: names of parameters and metrics, lengths of values."""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 250
LONGEST_PARAMETER = 6000
LONGEST_TAG = 8000


def name(*parts: str) -> str:
    """Parts joined by `/`, every character that MLflow refuses replaced by `_`."""
    text = re.sub(r"[^/\w.\- :]", "_", "/".join(part for part in parts if part))
    return posixpath.normpath(text).lstrip("/.")[:LONGEST_NAME] or "_"


def model_name(*parts: str) -> str:
    """A logged model's name, for which MLflow has other rules."""
    return re.sub(r"[/:.%\"']", "_", "-".join(part for part in parts if part))


def cut(value: Any, longest: int) -> str:
    """A value as text of at most `longest` characters."""
    text = str(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def parameters(flat: Mapping[str, Any]) -> dict[str, str]:
    """Flattened settings as MLflow parameters."""
    return {name(key): cut(value, LONGEST_PARAMETER) for key, value in flat.items()}


def numbers(values: Mapping[str, Any], *prefix: str) -> dict[str, float]:
    """The finite and not-a-number values of a mapping as metrics; what has no value is left out."""
    return {
        name(*prefix, key): float(value)
        for key, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isinf(value)
    }
