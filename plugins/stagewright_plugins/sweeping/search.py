"""A whole sweep: the study, its workers, and what they found."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.stages.sweep import Best, Inputs, Launch

from .counting import OWNER, REASON, RETRY_OF, Books, Ledger, epochs, place
from .drawing import in_order, settings
from .first import first
from .forgiving import ended_well, forgiven
from .goals import Goal, Objective, for_one, goals, limits
from .job import Job, feasible
from .journal import locked
from .presence import Watch, swept_up
from .putting_back import put_back
from .quiet import quiet
from .ranking import values_of
from .standing import best_of
from .telling import Telling, ended, seconds, state
from .warm import warm_started
from .worker import work


@frozen
class Wanted:
    """What a recipe says of a sweep; the settings of `sweep: {type: optuna}`."""

    measure: str
    trials: int
    objectives: Sequence[Objective | str]
    constraints: Sequence[str]
    sampler: Component[Any, Any]
    seed: int
    recipe_first: bool
    pruner: Component[Any, Any]
    stop: Sequence[Component[Any, str]]
    workers: int
    launcher: Component[Launch, None]
    storage: str
    warm_start: Sequence[str]
    max_failure_rate: float
    crash_limit: int
    top: int


def searched(inputs: Inputs, wanted: Wanted) -> Best:
    """Run, or go on with, the study until as many trials finished as are wanted.

    Raises:
        StagewrightError: the settings do not fit one another, too many trials failed, or none is inside the limits.
    """
    job, without = _job(inputs, wanted)
    if without:
        inputs.context.emit("search_note", message=without)
    with quiet():
        return _searched(inputs, wanted, job)


def _searched(inputs: Inputs, wanted: Wanted, job: Job) -> Best:
    study = job.study()
    _require_same_goals(study, job.goals)
    folder = job.trial.folder
    with locked(folder / "start.lock"):
        swept_up(folder)
        warm = warm_started(job, study, wanted.warm_start)
    watch, books = Watch(), Books()
    put_back(study, watch.dead, job.whole)
    job = replace(job, forgiven=forgiven(study))
    parts = job.built()
    size = parts.size()
    telling = Telling(job, study, inputs.context.emit, books, size)

    def tick() -> None:
        trials = study.get_trials(deepcopy=False)
        if put_back(study, watch.dead, job.whole, ledger=books.read(trials)):
            trials = study.get_trials(deepcopy=False)
        telling.look(trials)

    def lost(name: str) -> None:
        def owned(trial: Any) -> bool:
            return bool(trial.user_attrs.get(OWNER, {}).get("name") == name)

        put_back(study, owned, job.whole, job.crash_limit)

    try:
        wanted.launcher(Launch(partial(work, job), wanted.workers, tick, lost))
    finally:
        telling.look(study.get_trials(deepcopy=False))
    return _best(inputs, job, study, wanted, warm, lambda ledger: parts.end(ledger, size))


def _job(inputs: Inputs, wanted: Wanted) -> tuple[Job, str]:
    """The job of each worker; and what of the recipe's own settings its first trial has not, and why."""
    trial = inputs.trial
    ordered = in_order(trial.space)
    if not trial.space:
        raise StagewrightError(
            "sweep.params: nothing is swept; say at least one key, e.g. `train.lr: interval(0, 1)`"
        )
    aims = goals(wanted.objectives, inputs.metrics, wanted.measure)
    for part, said in for_one(len(aims), wanted.sampler, wanted.pruner):
        raise StagewrightError(f"sweep.{part}: {said}")
    own, left = first(trial.own, ordered) if _recipe_first(wanted) else ({}, [])
    job = Job(
        trial,
        wanted.storage,
        aims,
        limits(wanted.constraints, inputs.metrics, wanted.measure),
        wanted.trials,
        int(wanted.max_failure_rate * wanted.trials),
        wanted.sampler.spec(),
        wanted.pruner.spec(),
        tuple(rule.spec() for rule in wanted.stop),
        wanted.seed,
        wanted.crash_limit,
        trial.project,
        own,
    )
    said = (
        "the first trial draws what the recipe does not say"
        if own
        else "the recipe's own settings are no trial"
    )
    return job, f"{said}: {'; '.join(left)}" if left else ""


def _recipe_first(wanted: Wanted) -> bool:
    """Where a sampler's points are fixed, nothing is tried before them."""
    return wanted.recipe_first and not getattr(wanted.sampler.facts, "fixed", False)


def _require_same_goals(study: Any, aims: Sequence[Goal]) -> None:
    """A study keeps what it was made for; the core names another study for another search."""
    kept = study.user_attrs.get("objectives")
    said = [[goal.metric, goal.direction] for goal in aims]
    if kept is None:
        study.set_user_attr("objectives", said)
        study.set_metric_names([goal.metric for goal in aims])
    elif kept != said:
        raise StagewrightError(
            f"sweep.objectives: study {study.study_name!r} was made for {kept}, not for {said}: "
            "use another storage or remove it"
        )


def _best(
    inputs: Inputs, job: Job, study: Any, wanted: Wanted, warm: int, why: Callable[[Ledger], str]
) -> Best:
    from .showing import blocks

    trials = study.get_trials(deepcopy=False)
    ledger = Ledger(trials)
    end = why(ledger)
    _write(inputs.context.workdir / "trials.jsonl", ledger, job)
    inputs.context.emit("search_ended", reason=end or "it was interrupted", trials=len(ledger.finished))
    inputs.context.show(*blocks(job, study, ledger, end, warm if wanted.warm_start else None))
    if ledger.failures(job.forgiven) > job.failures:
        last = ledger.failed[-1]
        raise StagewrightError(
            f"{ledger.failures(job.forgiven)} of {job.wanted} trials failed, more than max_failure_rate allows; "
            f"the last one, trial {last.number}: {last.user_attrs[REASON]}. Mend it and run the same command: "
            "finished trials are kept"
        )
    best = best_of(ledger, job.goals, job.trial.space, wanted.top, inputs.context.workdir)
    if best is None:
        raise StagewrightError(_none(ledger))
    if end:
        ended_well(study)
    return best


def _none(ledger: Ledger) -> str:
    """Why there is no best trial."""
    complete = [trial for trial in ledger.finished if trial.state.name == "COMPLETE"]
    if not complete:
        return f"none of {len(ledger.finished)} trials ran to its end, so there is no best one"
    nearest = min(complete, key=lambda trial: sum(max(0.0, excess) for excess in trial.constraints.values()))
    missed = ", ".join(
        f"{text} by {excess:.4g}" for text, excess in nearest.constraints.items() if excess > 0
    )
    return f"no trial keeps sweep.constraints; the nearest, trial {nearest.number}, misses {missed}"


def _write(path: Path, ledger: Ledger, job: Job) -> None:
    """One line a trial, in the order of their numbers."""
    lines = []
    for trial in ledger.own:
        if not ended(trial):
            continue
        line: dict[str, Any] = {"number": trial.number, "state": state(trial)}
        line["settings"] = settings(trial.params, job.trial.space)
        line["values"] = values_of(trial)
        line["feasible"] = feasible(trial)
        line["epochs"] = epochs(trial)
        line["seconds"] = seconds(trial)
        line["fingerprint"] = trial.user_attrs.get("measured", {}).get("fingerprint", "")
        if state(trial) == "failed":
            line["reason"] = trial.user_attrs[REASON]
        if RETRY_OF in trial.user_attrs:
            line["put_back"] = place(trial)
        lines.append(json.dumps(line) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
