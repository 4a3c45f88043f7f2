"""The life of a worker: ask for a trial, run it, tell what became of it, until enough have finished."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from stagewright.errors import BudgetExceeded, StagewrightError, StoreError
from stagewright.stages.sweep import Measured, Pruned

from .counting import EPOCHS, MEASURED, OWNER, REASON, RETRY_OF, SURPLUS, Books
from .drawing import drawn
from .giving_way import draws, gives_way, shared
from .job import Job, Parts
from .journal import locked
from .numbered import Numbered
from .presence import Beats, present
from .putting_back import fail, put_back
from .quiet import quiet

IDLE_SECONDS = 0.25  # between looks of a worker that has nothing to do while others finish the last trials
LONGEST_REASON = 500


def work(job: Job, name: str, after: Callable[[], None] | None = None) -> None:
    """Run trials until the study has enough, or may not go on.

    Args:
        job: the study.
        name: of this worker; no other start may have it.
        after: called after each trial, and while it waits for others, where the caller wants to hear of it in this
            process.

    Raises:
        BudgetExceeded, StoreError: from a trial, which is put back: the whole sweep has to end.
    """
    with quiet():
        study, parts = job.study(), job.built()
        books = Books()
        study.sampler = Numbered(job, parts, books, study)
        size = parts.size()
        with present(job.trial.folder, name) as owner, Beats() as beats:
            while (asked := _asked(job, parts, study, books, size, owner)) is not None:
                if not asked:
                    if after:
                        after()  # whom it waits for may be gone
                    time.sleep(IDLE_SECONDS)
                    continue
                trial, settings = asked
                beats.of(trial)
                try:
                    ending = _run(job, study, trial, settings)
                finally:
                    beats.of(None)
                ending()
                if after:
                    after()


def _asked(
    job: Job, parts: Parts, study: Any, books: Books, size: int | None, owner: dict[str, str]
) -> tuple[Any, dict[str, Any]] | tuple[()] | None:
    """The next trial and its settings; nothing where others must finish first; None where the sweep ends.

    Workers of one machine ask one after the other, so that samplers which count on it (grid, quasi-random) see all
    that was drawn before, whatever the number of workers.
    """
    with locked(job.trial.folder / "ask.lock"):
        ledger = books.read(study.get_trials(deepcopy=False))
        if parts.end(ledger, size):
            return None
        most = job.wanted if size is None else min(job.wanted, size - ledger.failures(job.forgiven))
        if len(ledger.places) >= most and not ledger.waiting:
            return ()
        if shared(job, size) and draws(job, ledger):
            return ()
        trial = study.ask()
        trial.set_user_attr(OWNER, owner)
        if not _admitted(job, study, books, trial):
            return ()
        settings = drawn(trial, parts.ordered)
        if shared(job, size) and gives_way(job, parts, study, trial.number):
            fail(study, trial, {SURPLUS: True})
            return ()
        return trial, settings


def _admitted(job: Job, study: Any, books: Books, trial: Any) -> bool:
    """Whether this trial is one of those wanted; if not, it is told as surplus."""
    trials = study.sampler.seen
    own = trials[trial.number]
    origin = own.user_attrs.get(RETRY_OF)
    if origin is not None and not trials[origin].state.is_finished():
        # Whoever put it back was interrupted before telling the lost trial as failed.
        put_back(study, lambda one: one.number == origin, job.whole)
        trials = study.get_trials(deepcopy=False)
    if books.read(trials).admits(own, job.wanted):
        return True
    fail(study, own, {SURPLUS: True})
    return False


def _run(job: Job, study: Any, trial: Any, settings: Mapping[str, Any]) -> Callable[[], None]:
    """Run one trial; gives the call that tells the study how it ended."""
    from optuna.trial import TrialState

    trained: dict[str, int] = {}

    def report(epoch: int, values: Mapping[str, float]) -> None:
        if job.goals[0].metric in values and len(job.goals) == 1:
            trial.report(values[job.goals[0].metric], epoch)
            if trial.should_prune():
                raise Pruned(f"not worth going on with after epoch {epoch}")
        else:  # no curve for Optuna, but counted
            trained[EPOCHS] = trained.get(EPOCHS, 0) + 1

    try:
        measured = job.trial(trial.number, settings, report)
        values = _objectives(job, measured)
        excesses = [(limit.text, limit.excess(measured.values)) for limit in job.limits]
    except Pruned:
        return lambda: _tell(study, trial, trained, [], state=TrialState.PRUNED)
    except (BudgetExceeded, StoreError):
        put_back(study, lambda one: one.number == trial.number, job.whole)  # no fault of these settings
        raise
    except Exception as error:
        reason = _reason(error)
        return lambda: _tell(study, trial, {REASON: reason, **trained}, [], state=TrialState.FAIL)
    kept = {
        "values": _finite(measured.values),
        "fingerprint": measured.fingerprint,
        "steps": dict(measured.steps),
    }
    return lambda: _tell(study, trial, {MEASURED: kept, **trained}, excesses, values=values)


def _tell(
    study: Any, trial: Any, attributes: dict[str, Any], excesses: list[tuple[str, float]], **ending: Any
) -> None:
    """Tell how a trial ended; what another machine took for dead and put back is left to that one."""
    import optuna

    try:
        for key, value in attributes.items():
            trial.set_user_attr(key, value)
        for number, (text, excess) in enumerate(excesses):
            trial.set_constraint(f"{text} ({number})" if _twice(text, excesses) else text, excess)
        study.tell(trial.number, **ending)
    except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
        if not study.get_trials(deepcopy=False)[trial.number].state.is_finished():
            raise


def _twice(text: str, excesses: list[tuple[str, float]]) -> bool:
    return sum(other == text for other, _ in excesses) > 1


def _objectives(job: Job, measured: Measured) -> list[float]:
    values = []
    for goal in job.goals:
        value = measured.values.get(goal.metric)
        if value is None or math.isnan(value):
            raise StagewrightError(
                f"{goal.metric} has no value" if value is None else f"{goal.metric} is not a number"
            )
        values.append(float(value))
    return values


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Values as JSON has them."""
    return {name: float(value) if math.isfinite(value) else None for name, value in values.items()}


def _reason(error: Exception) -> str:
    """One line that says why a trial failed; where, too, if it was no error meant for a user."""
    text = " ".join(str(error).split())
    if not isinstance(error, StagewrightError):
        frame = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {text} ({frame.filename.rpartition('/')[2]}:{frame.lineno})"
    return text[:LONGEST_REASON] or type(error).__name__
