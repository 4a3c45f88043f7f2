"""Which scores share a chart: beside pixels, or points of 100, shares from 0 to 1 could not be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from stagewright.report.blocks import Interval, Intervals
from stagewright.stages.metrics import MetricSpec


def by_axis(metrics: Iterable[MetricSpec]) -> Iterator[tuple[str, list[MetricSpec]]]:
    """Metrics of one unit and range together, with the words for their axis; shares from 0 to 1 first, without any."""
    for (_, name), specs in groupby(sorted(metrics, key=_axis), key=_axis):
        yield name, list(specs)


def charts(
    title: str,
    rows: Mapping[str, Interval],
    metrics: Iterable[MetricSpec],
    *,
    caption: str,
    reference: float | None = None,
    reference_name: str = "",
    reference_of: str = "",
) -> list[Intervals]:
    """One chart for each axis; `rows` by the values' keys, the others' metrics get none.

    Attributes:
        reference_of: the value that the reference is about, so that only its chart draws it; empty: all do.
    """
    found = []
    for name, specs in by_axis(metrics):
        keys = [key for spec in specs for key in spec.keys]
        if shown := [rows[key] for key in keys if key in rows]:
            drawn = not reference_of or reference_of in keys
            found.append(
                Intervals(
                    f"{title}, {name}" if name else title,
                    rows=shown,
                    reference=reference if drawn else None,
                    reference_name=reference_name if drawn else "",
                    caption=caption,
                )
            )
    return found


def missing(key: str, values: Iterable[float | None]) -> str:
    """What the dash of a part of the samples means, to end a caption; empty where every part has a value."""
    if all(value is not None for value in values):
        return ""
    return f" –: {key} cannot be computed of these samples alone, such as where all are of one class."


def _axis(spec: MetricSpec) -> tuple[bool, str]:
    """What must be alike for values to share an axis: the unit, or else the range; without both, each has its own."""
    share = (spec.low, spec.high) == (0, 1)
    return not share, spec.unit or ("" if share else spec.name)
