"""What a dataset's columns and card will be, as far as the recipe tells; nothing is read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagewright.contract import Component
from stagewright.expression import ExpressionError, parse
from stagewright.stages.framing import Task
from stagewright.stages.known import Columns, Declared, Known, Misfit

# Of every sample, whatever the source: rules may read them.
OWN = ("id", "group", "time")
# Settings that cut a table by time, and what they are when nobody says them.
DAYS = {"until": None, "train_days": None, "validation_days": 14, "test_days": 14}


def declared(settings: Mapping[str, Any]) -> Declared | None:
    """What the stage's source declares."""
    source = settings["source"]
    find = getattr(source.facts, "declares", None)
    return find(source.settings) if find else None


def table_declared(settings: Mapping[str, Any]) -> Declared | None:
    """The same of a table: a recipe that names a splitter does not cut it by time."""
    own = declared(settings)
    return own and replace(own, timed=own.timed and settings["split"] is None)


def image_columns(settings: Mapping[str, Any], task: Task) -> Columns | None:
    """Tags of the source and quality columns; None where the source's tags come with the data."""
    own = declared(settings)
    if own is None or own.columns is None:
        return None
    group = [own.group, *([] if own.group in own.columns else ["group"])] if own.group else []
    names, prefixes = list(group), []
    for metric in settings["quality"]:
        if given := _names(metric, task):
            names += given
        else:
            prefixes.append(metric.type)
    return Columns((*own.columns, *names), tuple(prefixes))


def table_columns(settings: Mapping[str, Any], _: Task) -> Columns | None:
    """Columns of the source that are not left out, and features; None where the source's come with the data."""
    own = declared(settings)
    if own is None or own.columns is None:
        return None
    names = [name for name in own.columns if name not in settings["leave_out"]]
    for view in settings["features"]:
        find = getattr(view.facts, "gives", None)
        if find is None:
            return None
        names += find(view.settings)
    return Columns((*names, *([own.group] if own.group else [])))


def image_misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Rules that read what no sample has."""
    if known.columns is None:
        return
    columns = Columns((*known.columns.names, *OWN), known.columns.prefixes)
    for i, rule in enumerate(settings["curate"]):
        for name in sorted(_read(rule)):
            if wrong := columns.wrong(name):
                yield Misfit(("data", "curate", i), f"{rule!r} reads {name!r}: {wrong}")


def table_misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Columns left out that the source does not have; what needs a time where rows are not cut by one."""
    if known.declared is None:
        return
    if not known.declared.timed:
        yield from _untimed(settings)
    if known.declared.columns is None:
        return
    columns = Columns(known.declared.columns)
    for i, name in enumerate(settings["leave_out"]):
        if wrong := columns.wrong(name):
            yield Misfit(("data", "leave_out", i), wrong)


def _untimed(settings: Mapping[str, Any]) -> Iterator[Misfit]:
    """Views over the past, and days to cut at."""
    why = "`data.split` deals them" if settings["split"] else "the source names no `time`"
    for i, view in enumerate(settings["features"]):
        said = f"{view.type!r} is a view over the past and needs rows that are cut by time, but {why}; leave it out"
        yield Misfit(("data", "features", i), said)
    for name, default in DAYS.items():
        if settings[name] != default:
            yield Misfit(("data", name), f"days can only be counted in time, but {why}; leave it out")


def _read(rule: str) -> frozenset[str]:
    try:
        return parse(rule).names
    except ExpressionError:
        return frozenset()  # said where the setting is held to its type


def _names(metric: Component[Any, Any], task: Task) -> list[str]:
    """Columns of one quality metric; none where its mark does not say."""
    names = metric.facts.names
    if names == "classes":
        names = task.classes
    elif names == "foreground":
        names = task.classes[1:]
    if names:
        return [f"{metric.type}.{name}" for name in names]
    gives = inspect.signature(metric.plugin).return_annotation
    return [metric.type] if gives in (float, "float") else []
