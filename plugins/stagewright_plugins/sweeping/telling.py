"""What the parent of a sweep says while its workers work: an event for every trial that ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stagewright.context import Emit

from .counting import CRASHES, LOST, MEASURED, REASON, SURPLUS, WARM, Books
from .drawing import settings
from .job import Job, feasible
from .ranking import best_first


class Telling:
    """Follows a study and emits `trial` once for each trial that ended since the last look.

    `size` is how many different trials there are, where that ends.
    """

    def __init__(self, job: Job, study: Any, emit: Emit, books: Books, size: int | None = None) -> None:
        self._job, self._emit = job, emit
        self._wanted = job.wanted if size is None else min(job.wanted, size)
        self._books = books
        ledger = books.read(study.get_trials(deepcopy=False))
        self._told = {trial.number for trial in ledger.own if trial.state.is_finished()}
        self._best = next(iter(best_first(ledger.finished, job.goals)), None)

    def look(self, trials: Sequence[Any]) -> None:
        """Tell what ended, of all trials as they stand.

        `best` is the leading objective's best value so far that keeps all limits.
        """
        new = [one for one in trials if one.number not in self._told and one.state.is_finished()]
        self._told |= {trial.number for trial in new}
        new = [trial for trial in new if WARM not in trial.user_attrs and ended(trial)]
        if not new:
            return
        ledger, candidates = self._books.read(trials), new if self._best is None else [self._best, *new]
        self._best = next(iter(best_first(candidates, self._job.goals)), None)
        best = {} if self._best is None else {"best": self._best.values[0], "best_number": self._best.number}
        left = sum(state(trial) != "failed" for trial in new)
        for trial in new:
            left -= state(trial) != "failed"
            counts = {
                "finished": len(ledger.finished) - left,
                "running": len(ledger.running),
                "failed": len(ledger.failed),
                "wanted": self._wanted,
            }
            self._emit("trial", **self._fields(trial), **counts, **best)

    def _fields(self, trial: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "number": trial.number,
            "state": state(trial),
            "settings": settings(trial.params, self._job.trial.space),
            "seconds": seconds(trial),
        }
        if MEASURED in trial.user_attrs:
            fields["values"] = trial.user_attrs[MEASURED]["values"]
            fields["feasible"] = feasible(trial)
        if trial.user_attrs.get(CRASHES):
            fields["crashes"] = trial.user_attrs[CRASHES]
        if state(trial) == "failed":
            fields["reason"] = trial.user_attrs[REASON]
        return fields


def ended(trial: Any) -> bool:
    """Whether a trial is over and of interest: lost ones are put back, surplus ones never ran."""
    return trial.state.is_finished() and state(trial) != ""


def state(trial: Any) -> str:
    """`complete`, `pruned`, `failed`, `running` or `waiting`; empty for a lost or surplus trial."""
    name = trial.state.name.lower()
    if name != "fail":
        return str(name)
    attributes = trial.user_attrs
    return "failed" if REASON in attributes and not {LOST, SURPLUS} & attributes.keys() else ""


def seconds(trial: Any) -> float | None:
    """How long a trial ran."""
    if trial.datetime_start is None or trial.datetime_complete is None:
        return None
    return round((trial.datetime_complete - trial.datetime_start).total_seconds(), 3)
