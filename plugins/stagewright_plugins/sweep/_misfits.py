"""Objectives and limits that no trial measures, and parts that take one objective where several are said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.expression import ExpressionError, parse
from stagewright.nearest import suggestion
from stagewright.stages.known import Known, Misfit
from stagewright_plugins.sweeping.goals import COSTS, for_one


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """What would end the sweep as soon as it begins."""
    measured = (*known.metrics, *COSTS[settings["measure"]])
    yield from _objectives(settings, measured)
    yield from _constraints(settings["constraints"], measured)
    for part, said in for_one(len(settings["objectives"]), settings["sampler"], settings["pruner"]):
        yield Misfit(("sweep", part), said)


def _objectives(settings: Mapping[str, Any], measured: tuple[str, ...]) -> Iterator[Misfit]:
    names = [item if isinstance(item, str) else item.metric for item in settings["objectives"]]
    for i, name in enumerate(names):
        if name not in measured:
            said = f"no trial measures {name!r}, {suggestion(name, measured, 'value')}{_later(name)}"
            yield Misfit(("sweep", "objectives", i), said)
        elif name in names[:i]:
            yield Misfit(("sweep", "objectives", i), f"{name!r} is listed twice")


def _constraints(constraints: list[str], measured: tuple[str, ...]) -> Iterator[Misfit]:
    for i, text in enumerate(constraints):
        try:
            names = parse(text).names
        except ExpressionError as error:
            yield Misfit(("sweep", "constraints", i), f"{text!r}: {error}")
            continue
        for name in sorted(names - set(measured)):
            said = (
                f"{text!r}: no trial measures {name!r}, {suggestion(name, measured, 'value')}{_later(name)}"
            )
            yield Misfit(("sweep", "constraints", i), said)


def _later(name: str) -> str:
    """A cost that is known once the package is compressed."""
    return "; it is measured with `measure: compress`" if name in COSTS["compress"] else ""
