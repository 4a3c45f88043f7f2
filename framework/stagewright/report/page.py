"""A run's record → one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stagewright.content import write_atomically
from stagewright.record import record
from stagewright.report.draw import text
from stagewright.report.figures import words
from stagewright.report.markup import slug
from stagewright.report.parts.approaches import approaches
from stagewright.report.parts.banner import banner
from stagewright.report.parts.gates import gates
from stagewright.report.parts.milestones import milestones
from stagewright.report.parts.objective import objective
from stagewright.report.parts.origin import origin
from stagewright.report.parts.part import Part
from stagewright.report.parts.plan import plan
from stagewright.report.parts.scores import scores
from stagewright.report.parts.steps import step
from stagewright.report.shell import document

Artifact = Callable[[str], Path]
NAME = "report.html"


def write(run_folder: Path, artifact: Artifact) -> Path:
    """Render a run into `report.html` beside its record; gives the path."""
    path = run_folder / NAME
    write_atomically(path, render(run_folder, artifact))
    return path


def render(run_folder: Path, artifact: Artifact) -> str:
    """The page of a run, finished or not. `artifact` gives an artifact's folder by its digest."""
    run = record.load(run_folder)
    events = [] if run.get("status") == "succeeded" else list(record.events(run_folder))
    run = with_unfinished(run, events)
    title = f"{words(run.get('name') or run_folder.name)} · run report"
    return document(title, banner(run), list(_parts(run, artifact, events)))


def with_unfinished(run: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """The run with the step that was at work when it stopped, if one was."""
    known = {str(step.get("step")) for step in run.get("steps") or []}
    begun = dict.fromkeys(str(event.get("step")) for event in events if event.get("event") == "step_started")
    plugins = {str(item.get("step")): item.get("plugin") for item in run.get("plan") or []}
    status = "running" if run.get("status") == "running" else "unfinished"
    reason = "at work" if status == "running" else "The run ended while this step was at work."
    left = [
        {"step": name, "plugin": plugins.get(name), "status": status, "reason": reason}
        for name in begun
        if name not in known
    ]
    return {**run, "steps": [*(run.get("steps") or []), *left]}


def _parts(run: Mapping[str, Any], artifact: Artifact, events: list[dict[str, Any]]) -> Iterator[Part]:
    for make in (objective, gates, scores, approaches, milestones, plan):
        yield from _made(make.__name__, lambda make=make: [make(run)])  # type: ignore[misc]
    for item in run.get("steps") or []:
        yield from _made(f"step {item.get('step')}", lambda item=item: [step(run, item, artifact, events)])  # type: ignore[misc]
    yield from _made("reproduce", lambda: [origin(run, artifact)])


def _made(name: str, make: Callable[[], Any]) -> list[Part]:
    """The parts that `make` gives. A record that one part cannot read must not cost the others."""
    try:
        return [part for part in make() if part is not None]
    except Exception as error:
        said = f"This part of the record could not be read ({type(error).__name__}: {error})."
        return [Part(words(name), text(said, "warning"), slug(name), tone="warning")]
