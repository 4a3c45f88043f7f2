"""Where a value lies on an axis, and the round numbers to write beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from stagewright.frozen import frozen
from stagewright.report.figures import finite


@frozen
class Axis:
    """An axis from `low` to `high`, linear or logarithmic; `ticks` are round numbers inside it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """The share of the way from low to high, kept within a little more than the axis."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low / 2))
        return min(max((value - low) / (high - low), -0.02), 1.02)


def wide(values: Iterable[float | None], *, zero: bool = False, count: int = 5) -> Axis:
    """An axis that ends on round numbers around the values; it starts at zero if that costs little."""
    low, high = _range(values, zero)
    step = _step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    ticks = tuple(_clean(i * step) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def tight(values: Iterable[float | None], *, whole: bool = False, count: int = 6) -> Axis:
    """An axis from the smallest to the largest value; `whole` keeps ticks on integers."""
    low, high = _range(values, zero=False, pull=False)
    step = _step(high - low, count)
    step = max(1.0, round(step)) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low, high, tuple(_clean(i * step) for i in range(first, last + 1)))


def magnitudes(values: Iterable[float | None], *, count: int = 7) -> Axis:
    """A logarithmic axis from the smallest to the largest value, all of them above zero.

    Ticks are powers of ten, with 2 and 5 times these where there is room.
    """
    low, high = _range(values, zero=False, pull=False)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for units in ((1, 2, 5), (1, 3), (1,)):
        ticks = [_clean(unit * 10.0**power) for power in powers for unit in units]
        inside = tuple(tick for tick in ticks if low * 0.999 <= tick <= high * 1.001)
        if len(inside) <= count:
            break
    return Axis(low, high, inside, log=True)


def _range(values: Iterable[float | None], zero: bool, pull: bool = True) -> tuple[float, float]:
    known = [float(value) for value in values if value is not None and finite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if zero or (pull and 0 < low <= 0.35 * high):
        low = min(low, 0.0)
    if zero or (pull and 0.35 * low <= high < 0):
        high = max(high, 0.0)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-12):  # one value only
        margin = abs(high) * 0.1 or 0.5
        low, high = low - margin, high + margin
    return low, high


def _step(span: float, count: int) -> float:
    """The round number (1, 2, 2.5 or 5 times a power of ten) that gives about `count` steps."""
    rough = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return float(next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= rough * 0.999))


def _clean(value: float) -> float:
    """Without the dust of floating point: 0.30000000000000004 → 0.3."""
    return float(f"{value:.12g}")
