"""Limits that no variant can keep, or that speak of what nobody computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.nearest import suggestion
from stagewright.stages.known import Known, Misfit, unknown_columns, unknown_metrics

FULL = 32  # bits of a weight in the fp32 file that ratios are to


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Metrics, columns and steps that do not exist, and a size below what the steps leave."""
    limits = settings["limits"]
    for name in ("drop", "slice_drop"):
        yield from unknown_metrics(("compress", "limits", name), getattr(limits, name), known)
    yield from unknown_columns(("compress", "slices"), settings["slices"] or (), known)
    yield from _size(settings)
    yield from _space(settings)


def _size(settings: Mapping[str, Any]) -> Iterator[Misfit]:
    asked = settings["limits"].size_ratio
    least = [step.facts.bits for step in settings["steps"]]
    if asked is None or None in least:
        return  # a step that may leave weights out can reach any size
    bound = min([FULL, *least]) / FULL
    if asked < bound:
        names = ", ".join(step.type for step in settings["steps"]) or "no step at all"
        said = (
            f"cannot be reached: {names} keeps every weight in {bound * FULL:.0f} bits or more, which is {bound:g} of "
            f"the fp32 file; allow {bound:g} or more, or add a step that removes weights"
        )
        yield Misfit(("compress", "limits", "size_ratio"), said)


def _space(settings: Mapping[str, Any]) -> Iterator[Misfit]:
    search = settings["search"]
    known = [f"{step.type}.{name}" for step in settings["steps"] for name in step.settings]
    for key in search.space if search else ():
        if key not in known:
            said = f"no step has the setting {key!r}, {suggestion(key, known, 'setting')}"
            yield Misfit(("compress", "search", "space", key), said)
