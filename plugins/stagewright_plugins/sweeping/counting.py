"""Which trials count: exactly as many finish as were asked for, whoever is killed and however many ask at once.

A trial that was lost with its worker is put back as another trial that keeps its *place*: the number of the trial
that first drew these settings. A trial goes on only if fewer than N places before its own are taken. Numbers are given
in the order in which the storage creates trials, so whoever looks later sees all earlier ones, and of all that ask at
once the first N go on. A lost trial is put back before it is told as failed: its place is never free in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

# User attributes of a trial, as they stand in the study.
OWNER = "owner"  # {"host", "name", "folder"} of the worker that runs it
BEAT = "beat"  # counted up while it runs, for other machines
RETRY_OF = "retry_of"  # number of the lost trial that this one repeats
PLACE = "place"  # number of the first trial with these settings, where it was lost
CRASHES = "crashes"  # how often a worker died over these settings
LOST = "lost"  # its worker died
SURPLUS = "surplus"  # asked for when enough had been
REASON = "reason"  # why it failed
MEASURED = "measured"  # {"values", "fingerprint", "steps"}
WARM = "warm_start"  # study and number it was taken from


def place(trial: Any) -> int:
    """Number of the first trial with these settings."""
    return int(trial.user_attrs.get(PLACE, trial.number))


def draw(trials: Iterable[Any], trial: Any) -> int:
    """How many settings were drawn before those of a trial; a put-back trial repeats the draw of its place."""
    own = place(trial)
    undrawn = (PLACE, WARM, SURPLUS)
    return sum(one.number < own and not any(key in one.user_attrs for key in undrawn) for one in trials)


class Ledger:
    """The trials of a study at one moment, sorted by what counts. Trials of earlier studies do not."""

    def __init__(self, trials: Iterable[Any]) -> None:
        from optuna.trial import TrialState as State

        self.own = [trial for trial in trials if WARM not in trial.user_attrs]
        self.finished: list[Any] = []
        self.running: list[Any] = []
        self.waiting: list[Any] = []
        self.failed: list[Any] = []  # by themselves: neither lost nor surplus
        for trial in self.own:
            if trial.state == State.RUNNING:
                self.running.append(trial)
            elif trial.state == State.WAITING:
                self.waiting.append(trial)
            elif trial.state != State.FAIL:
                self.finished.append(trial)
            elif REASON in trial.user_attrs and LOST not in trial.user_attrs:
                self.failed.append(trial)

    @property
    def taken(self) -> int:
        """Places that are finished or may still finish."""
        return len({place(trial) for trial in self._active()})

    def admits(self, trial: Any, wanted: int) -> bool:
        """Whether a running trial is one of the `wanted`; a put-back trial runs once, and not for one that finished."""
        own = place(trial)
        before = {there for other in self._active() if (there := place(other)) < own}
        return len(before) < wanted and not self._repeats(trial)

    def _repeats(self, trial: Any) -> bool:
        """Whether the same settings finished, or an earlier trial stands for them."""
        if PLACE not in trial.user_attrs:
            return False
        same = [one for one in self._active() if place(one) == place(trial) and one.number != trial.number]
        return any(one in self.finished or one.number < trial.number for one in same)

    def _active(self) -> Sequence[Any]:
        return [*self.finished, *self.running, *self.waiting]

    def failures(self, since: int) -> int:
        """How many failed by themselves from a trial number on."""
        return sum(trial.number >= since for trial in self.failed)
