"""Numbers, durations, sizes and names as a reader wants them: three significant digits, no noise."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeGuard

NONE = "–"


def finite(value: Any) -> TypeGuard[float]:
    """Whether a value is a number that can be drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(value: Any, decimals: int | None = None) -> str:
    """A number with three significant digits: 0.0712, 4.5, 336,776; `–` for what is none."""
    if not finite(value):
        return NONE
    if decimals is None:
        decimals = 0 if isinstance(value, int) else _decimals(value)
        text = _scientific(value) or f"{value:,.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text and "×" not in text else text
    else:
        text = f"{value:,.{decimals}f}"
    return _minus(text)


def spread(value: Any, low: Any = None, high: Any = None) -> str:
    """A value with its interval, `0.712 [0.684, 0.741]`, all with the same decimals."""
    if not finite(value):
        return NONE
    if not (finite(low) and finite(high)):
        return number(value)
    decimals = _decimals(max((value, low, high), key=abs))
    return f"{number(value, decimals)} [{number(low, decimals)}, {number(high, decimals)}]"


def like(value: Any, reference: Any) -> str:
    """A number with the decimals of another one that it is compared with; its own beside a zero, which has none."""
    return number(value, _decimals(reference) if finite(reference) and reference else None)


def column(values: Sequence[Any]) -> list[str]:
    """Numbers that stand below each other: the same decimals where that leaves a digit of the smallest."""
    drawn = [abs(value) for value in values if finite(value)]
    if not drawn or all(isinstance(value, int) for value in values if finite(value)):
        return [number(value) for value in values]
    decimals = _decimals(max(drawn))
    smallest = min((value for value in drawn if value), default=1.0)
    if smallest < 10.0**-decimals or decimals > 5:
        return [number(value) for value in values]
    return [number(value, decimals) for value in values]


def ticks(values: Sequence[float]) -> list[str]:
    """Tick labels with just the decimals that tell neighbours apart."""
    if any(_scientific(value) for value in values):
        return [number(value) for value in values]
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 2
    if round(step, decimals) != round(step, decimals + 1):
        decimals += 1  # steps of 0.25
    return [number(float(value), decimals) for value in values]


def percent(share: float) -> str:
    """A share in words: 0.233 → `23 %`."""
    return f"{number(100 * share, 0 if abs(share) >= 0.095 else 1)} %"


def duration(seconds: Any) -> str:
    """`0.2 s`, `42 s`, `3 min 12 s`, `2 h 05 min`."""
    if not finite(seconds):
        return NONE
    if seconds < 0.05:
        return "0 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: Any) -> str:
    """Bytes: `812 B`, `4.1 kB`, `3.2 MB` (1000 bytes a kilobyte)."""
    if not finite(count):
        return NONE
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5 or unit == "GB":
            break
        amount /= 1000
    return f"{number(amount, 0 if unit == 'B' or amount >= 99.5 else 1)} {unit}"


def moment(text: Any) -> str:
    """An ISO time as `14 March 2026, 09:41 UTC`; what is no time stays as it is."""
    try:
        when = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    zone = f" {when.tzname()}" if when.tzname() else ""
    return f"{day(text)}, {when:%H:%M}{zone}"


def day(text: Any) -> str:
    """An ISO date or time as `14 March 2026`; what is no date stays as it is."""
    try:
        when = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def words(name: Any) -> str:
    """A name from a recipe as words: `minutes_per_slice` → `Minutes per slice`."""
    text = " ".join(str(name or "").replace("_", " ").split())
    return text[:1].upper() + text[1:]


def amount(value: Any, unit: Any = "") -> str:
    """A number with its unit: `4 min`; a percent or currency sign stands close."""
    return f"{number(value)} {unit or ''}".strip()


def difference(value: float, unit: Any = "") -> str:
    """How far two amounts lie apart; of two percentages in points: 20 % is not 50 % less than 40 %."""
    return amount(abs(value), "percentage points" if unit == "%" else unit)


def plural(count: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def listing(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *start, last = list(items) or [""]
    return f"{', '.join(start)} and {last}" if start else last


# English in every locale: the page must not depend on the machine.
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


def _decimals(value: float) -> int:
    """Decimals that show three significant digits."""
    return max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0


def _scientific(value: float) -> str:
    """`1.2×10⁻⁶` where plain digits would be unreadable, else empty."""
    if value == 0 or 1e-5 <= abs(value) < 1e9 or isinstance(value, int):
        return ""
    mantissa, exponent = f"{value:.2e}".split("e")
    power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.rstrip('0').rstrip('.')}×10{power}"


def _minus(text: str) -> str:
    """A real minus sign; no minus before a rounded zero."""
    if text.startswith("-") and not text.strip("-0.,"):
        return text[1:]
    return text.replace("-", "−", 1) if text.startswith("-") else text
