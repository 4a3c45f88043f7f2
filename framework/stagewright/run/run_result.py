"""What the record of a run says of it: `run.json` as it begins, `record.json` once it is over."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright import gates
from stagewright.check.check import Checked
from stagewright.plan.plan import Planned
from stagewright.plan.walk import Walk
from stagewright.record import record
from stagewright.run.run_end import End
from stagewright.run.verdicts import Verdicts, values
from stagewright.step.execute import plain
from stagewright.store import Hit, Store
from stagewright.sweep.sweep_plan import SECTION as SWEEP
from stagewright.sweep.sweep_plan import study_name


def beginning(
    checked: Checked, store: Store, about: Mapping[str, Any], began: str, plan: Iterable[Planned]
) -> dict[str, Any]:
    """Everything known before the first step; `about` is what the caller says of the run."""
    return {
        "name": checked.name,
        **about,
        "started": began,
        "seed": checked.seed,
        "project": str(store.project),
        "config": checked.config,
        "versions": record.versions(),
        "git": record.git(store.project),
        "host": record.host(),
        "tracking_spec": checked.tracking.spec() if checked.tracking else None,
        "plan": [planned.to_json() for planned in plan],
    }


def result(
    walk: Walk,
    verdicts: Verdicts,
    end: End,
    began: str,
    seconds: float,
    revisions: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What came of a run: verdicts, metrics, approaches, steps. `revisions` are those of its objective."""
    checked, hits, steps = walk.planner.checked, walk.hits, verdicts.log.steps
    measured, baseline = values(hits, "evaluate"), values(hits, "baseline")
    return {
        "status": end.status,
        "exit_code": end.exit_code,
        "message": end.message,
        "started": began,
        "finished": record.now(),
        "seconds": round(seconds, 3),
        "objective": plain(checked.goal) | _revised(revisions),
        "kpis": gates.kpis(checked.goal.kpis, measured, baseline),
        "gates": [gate.to_json() for gate in verdicts.gates],
        "metrics": _scores(hits, "evaluate"),
        "metric_specs": [plain(spec) for spec in checked.metrics.metrics],
        "baseline": _scores(hits, "baseline"),
        "approaches": _approaches(walk, steps),
        "milestones": _milestones(checked, verdicts.home, verdicts.log.record.id, began, measured),
        "sweep": _swept(checked, hits),
        "steps": steps,
    }


def _revised(revisions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = [{k: v for k, v in item.items() if k != "objective"} for item in revisions]
    return {"revision": told[-1]["revision"], "revisions": told}


def _scores(hits: Mapping[str, Hit], step: str) -> dict[str, Any]:
    return dict(hits[step].output["values"]) if step in hits else {}


def _swept(checked: Checked, hits: Mapping[str, Hit]) -> dict[str, Any] | None:
    """What a sweep found: its study, the settings the run went on with, how many trials ended in each way."""
    hit = hits.get(SWEEP)
    if hit is None:
        return None
    kept = ("settings", "values", "trials", "pruned", "failed")
    study = study_name(checked.name, hit.parts)
    return {"study": study, **{key: hit.output[key] for key in kept}}


def _approaches(walk: Walk, steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    entries = {entry["step"]: entry for entry in steps}
    return [_approach(walk, item.model_dump(), entries) for item in walk.planner.checked.approaches]


def _approach(walk: Walk, item: dict[str, Any], entries: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    checked = walk.planner.checked
    name = f"train/{item['name']}" if f"train/{item['name']}" in checked.components else "train"
    entry = entries.get(name, {})
    output = entry.get("output") or {}
    validation = output.get("validation") or {}
    if entry.get("status") in ("ran", "cached"):
        met = gates.meets(checked.framing.success, validation)
        verdict = "chosen" if walk.chosen == name else "met" if met else "missed"
    else:
        verdict = "failed" if entry.get("status") == "failed" else "not tried"
    seconds = entry.get("seconds_when_run", entry.get("seconds", 0.0))
    return {
        **{key: item[key] for key in ("name", "reason", "source")},
        "status": verdict,
        "validation": validation,
        "seconds": seconds,
        "parameters": output.get("parameters", 0),
    }


def _milestones(
    checked: Checked, home: Path, run: str, began: str, measured: Mapping[str, float]
) -> list[dict[str, Any]]:
    if not checked.framing.milestones:
        return []
    history = []
    for folder in record.runs(home):
        past = record.load(folder)
        if past.get("name") == checked.name and past.get("metrics"):
            known = {key: score["value"] for key, score in past["metrics"].items()}
            history.append((past["id"], _day(past["started"]), known))
    if measured:
        history.append((run, _day(began), dict(measured)))
    return gates.milestones(checked.framing.milestones, history)


def _day(moment: str) -> datetime.date:
    return datetime.datetime.fromisoformat(moment).date()
