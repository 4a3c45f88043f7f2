"""What training is likely to take, by how long the same step took before, held against the budget."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.frozen import frozen
from stagewright.keypath import problem

if TYPE_CHECKING:
    from stagewright.check.check import Checked

LOOKED_AT = 5  # newest runs of a recipe
SECTIONS = ("data", "framing", "train", "seed")  # what a train step's time follows from


@frozen
class Estimate:
    """What a step is likely to take, in seconds; `words` say why."""

    seconds: float
    words: str


def over_budget(checked: Checked, home: Path) -> Iterator[Problem]:
    """A warning for each limit that training would go beyond; nothing where no run tells, or nothing would run."""
    limits = checked.framing.budget
    if not (limits.wall_minutes or limits.train_minutes):
        return
    found = {
        step: estimate
        for step, component in checked.components.items()
        if step.split("/")[0] == "train" and (estimate := _estimate(step, component, checked, home))
    }
    for step, estimate in found.items():
        if limits.train_minutes and estimate.seconds > limits.train_minutes * 60:
            yield _warning("train_minutes", f"{step} {estimate.words}", limits.train_minutes)
    total = sum(estimate.seconds for estimate in found.values())
    if limits.wall_minutes and total > limits.wall_minutes * 60:
        said = "; ".join(f"{step} {estimate.words}" for step, estimate in found.items())
        yield _warning("wall_minutes", said, limits.wall_minutes)


def _warning(limit: str, said: str, minutes: float) -> Problem:
    message = f"{said}; the budget is {minutes:g} min"
    return replace(problem(("framing", "budget", limit), message), severity="warning")


def _estimate(step: str, component: Component[Any, Any], checked: Checked, home: Path) -> Estimate | None:
    """By the newest run in which only the setting that time grows with was another."""
    name = getattr(component.facts, "time_by", "")
    now = component.settings.get(name)
    if not isinstance(now, int | float):
        return None
    for folder in _newest(home, checked.name):
        try:  # read here: `record` costs more to import than a check has to give
            files = [
                json.loads((folder / name).read_text(encoding="utf-8"))
                for name in ("run.json", "record.json")
            ]
        except (OSError, ValueError):
            continue  # a run that was killed, or cannot be read, tells nothing
        run = files[0] | files[1]
        then = _said(run.get("config", {}), name, _default(component, name))
        took = (entry.get("seconds_when_run") for entry in run.get("steps", ()) if entry.get("step") == step)
        seconds = next(took, None)
        if not seconds or not then or then == now or not _alike(run.get("config", {}), checked.config, name):
            continue
        about = seconds * now / then
        words = (
            f"would take about {about / 60:.2g} min with {name} {now:g}: {then:g} took {seconds / 60:.2g} min"
        )
        return Estimate(about, f"{words} (run {folder.name})")
    return None


def _newest(home: Path, name: str) -> list[Path]:
    folder = home / "runs"
    found = [path for path in folder.iterdir() if f"-{name}-" in path.name] if folder.is_dir() else []
    return sorted(found, reverse=True)[:LOOKED_AT]


def _default(component: Component[Any, Any], name: str) -> Any:
    from stagewright.plugin.settings import settings_of

    return settings_of(component.plugin)[name].default


def _said(config: Mapping[str, Any], name: str, default: Any) -> float | None:
    train = config.get("train")
    value = train.get(name, default) if isinstance(train, Mapping) else default
    return float(value) if isinstance(value, int | float) else None


def _alike(then: Mapping[str, Any], now: Mapping[str, Any], name: str) -> bool:
    """Whether all that a train step's time follows from is as it was, the budget and that one setting aside."""
    return all(_without(then.get(key), name) == _without(now.get(key), name) for key in SECTIONS)


def _without(section: Any, name: str) -> Any:
    aside = {name, "budget", "success", "milestones"}
    return {k: v for k, v in section.items() if k not in aside} if isinstance(section, Mapping) else section
