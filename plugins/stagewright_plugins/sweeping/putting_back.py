"""Trials that were lost with their worker run again with the same settings, exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .counting import CRASHES, LOST, PLACE, REASON, RETRY_OF, SURPLUS, Ledger, place


def put_back(
    study: Any,
    dead: Callable[[Any], bool],
    whole: Callable[[Any], bool] = lambda trial: True,
    crash_limit: int | None = None,
    ledger: Ledger | None = None,
) -> list[int]:
    """Put back every running trial whose worker is dead; gives their numbers.

    Any number of processes may do so at once: a trial that was put back twice runs once (`Ledger.admits`), and one
    that was not dead after all either finishes first, and its repetition is dropped, or finds itself told as failed.

    Args:
        study: the Optuna study.
        dead: says of a running trial whether nobody works on it.
        whole: says whether it had drawn all its settings; one that had not draws anew, as it would have.
        crash_limit: over how many dead workers settings are given up and count as failed; None where the workers
            were ended from outside, which says nothing about the settings.
        ledger: the trials as they stand, where they were just read.
    """
    ledger = ledger or Ledger(study.get_trials(deepcopy=False))
    if not ledger.running:
        return []
    known = {trial.user_attrs.get(RETRY_OF) for trial in ledger.own if SURPLUS not in trial.user_attrs}
    lost = [trial for trial in ledger.running if dead(trial)]
    for trial in lost:
        crashes = int(trial.user_attrs.get(CRASHES, 0)) + (crash_limit is not None)
        if crash_limit is not None and crashes >= crash_limit:
            told = {REASON: f"its worker process died {crashes} times over these settings (out of memory?)"}
        else:
            told = {LOST: True}
            if trial.number not in known:
                attributes = {RETRY_OF: trial.number, PLACE: place(trial), CRASHES: crashes}
                study.enqueue_trial(dict(trial.params) if whole(trial) else {}, user_attrs=attributes)
        fail(study, trial, told)
    return [trial.number for trial in lost]


def fail(study: Any, trial: Any, attributes: dict[str, Any]) -> None:
    """Tell a trial as failed, and why; one that finished meanwhile stays as it is."""
    import optuna

    try:
        for key, value in attributes.items():
            study._storage.set_trial_user_attr(trial._trial_id, key, value)
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
        state = next(one.state for one in study.get_trials(deepcopy=False) if one.number == trial.number)
        if not state.is_finished():
            raise
