"""Objectives and limits that no trial measures, and parts of a sweep that do not fit one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewright.expression import ExpressionError, parse
from stagewright.nearest import suggestion
from stagewright.stages.known import Known, Misfit
from stagewright.stages.sweep import Interval
from stagewright.sweep.space import read
from stagewright_plugins.sweeping.drawing import endless
from stagewright_plugins.sweeping.goals import COSTS, for_one, no_limit
from stagewright_plugins.sweeping.storage import FILES, has_study, no_storage, places


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """What would end the sweep as soon as it begins."""
    measured = (*known.metrics, *COSTS[settings["measure"]])
    yield from _objectives(settings, measured)
    yield from _constraints(settings["constraints"], measured)
    for part, said in for_one(len(settings["objectives"]), settings["sampler"], settings["pruner"]):
        yield Misfit(("sweep", part), said)
    yield from _grid(settings)
    launcher = settings["launcher"]
    if launcher and launcher.type == "inline" and settings["workers"] > 1:
        said = f"inline runs one worker, {settings['workers']} are said; take processes or ray"
        yield Misfit(("sweep", "launcher"), said)
    if wrong := no_storage(settings["storage"]):
        yield Misfit(("sweep", "storage"), wrong)
    if settings["storage"] in FILES and known.home and known.project:
        yield from _warm_start(settings["warm_start"], known.home / "sweeps", known.project)


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
            expression = parse(text)
        except ExpressionError as error:
            yield Misfit(("sweep", "constraints", i), f"{text!r}: {error}")
            continue
        if wrong := no_limit(expression.root):
            yield Misfit(("sweep", "constraints", i), f"{text!r} {wrong}")
        names = expression.names
        for name in sorted(names - set(measured)):
            said = (
                f"{text!r}: no trial measures {name!r}, {suggestion(name, measured, 'value')}{_later(name)}"
            )
            yield Misfit(("sweep", "constraints", i), said)


def _grid(settings: Mapping[str, Any]) -> Iterator[Misfit]:
    """Numbers of which a grid does not know which to try."""
    sampler = settings["sampler"]
    if sampler is None or sampler.type != "grid" or sampler.settings.get("points") is not None:
        return
    space, _ = read(settings["params"], lambda _: ())  # what is wrong with the texts is said at their place
    for one in space:
        if isinstance(one.domain, Interval) and endless(one.domain):
            said = f"does not know how many values of {one.key!r} to try: say `points`, or a step there"
            yield Misfit(("sweep", "sampler"), f"grid {said}")


def _warm_start(sources: list[str], folder: Path, project: Path) -> Iterator[Misfit]:
    """Earlier studies that are not there. Those of a shared database are looked for once a run begins."""
    for i, source in enumerate(sources):
        if not any(has_study(place) for place in places(source, folder, project)):
            known = sorted(path.name for path in folder.glob("*") if has_study(path))
            said = f"there is no study {source!r}, {suggestion(source, known, 'study')}" if known else ""
            none = f"there is no study {source!r}: this project has none yet, and no folder of that name holds one"
            yield Misfit(("sweep", "warm_start", i), said or none)


def _later(name: str) -> str:
    """A cost that is known once the package is compressed."""
    return "; it is measured with `measure: compress`" if name in COSTS["compress"] else ""
