"""Which trials count: exactly as many finish as were asked for, whoever is killed and however many ask at once.

A trial that was lost with its worker is put back as another trial that keeps its *place*: the number of the trial
that first drew these settings. A trial goes on only if fewer than N places before its own are taken. Numbers are given
in the order in which the storage creates trials, so whoever looks later sees all earlier ones, and of all that ask at
once the first N go on. A lost trial is put back before it is told as failed: its place is never free in between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable, Sequence
from typing import Any

# User attributes of a trial, as they stand in the study.
OWNER = "owner"  # {"host", "name", "folder"} of the worker that runs it
BEAT = "beat"  # counted up while it runs, for other machines
RETRY_OF = "retry_of"  # number of the lost trial that this one repeats
PLACE = "place"  # number of the first trial with these settings, where it was lost
CRASHES = "crashes"  # how often a worker died over these settings
LOST = "lost"  # its worker died
SURPLUS = "surplus"  # asked for when enough had been, or what another trial has
REASON = "reason"  # why it failed
MEASURED = "measured"  # {"values", "fingerprint", "steps"}
EPOCHS = "epochs"  # it was trained for that are no part of a curve
WARM = "warm_start"  # study and number it was taken from


def place(trial: Any) -> int:
    """Number of the first trial with these settings."""
    return int(trial.user_attrs.get(PLACE, trial.number))


def epochs(trial: Any) -> int:
    """How many a trial was trained for."""
    return len(trial.intermediate_values) + int(trial.user_attrs.get(EPOCHS, 0))


class Ledger:
    """The trials of a study at one moment, sorted by what counts. Trials of earlier studies do not.

    Attributes:
        failed: by themselves: neither lost nor surplus.
        places: that are finished, or may still finish.
        drawn: numbers of the trials that drew settings of their own, in order.
    """

    def __init__(self, trials: Iterable[Any] = ()) -> None:
        self.own: list[Any] = []
        self.finished: list[Any] = []
        self.running: list[Any] = []
        self.waiting: list[Any] = []
        self.failed: list[Any] = []
        self.places: set[int] = set()
        self.drawn: list[int] = []
        for trial in trials:
            self.add(trial)

    def add(self, trial: Any) -> None:
        """Count one more trial, with a number above all before."""
        attributes, state = trial.user_attrs, trial.state.name
        if WARM in attributes:
            return
        self.own.append(trial)
        if PLACE not in attributes and SURPLUS not in attributes:
            self.drawn.append(trial.number)
        if state == "FAIL":
            if REASON in attributes and LOST not in attributes:
                self.failed.append(trial)
            return
        self.places.add(place(trial))
        kinds = {"RUNNING": self.running, "WAITING": self.waiting}
        kinds.get(state, self.finished).append(trial)

    def copy(self) -> Ledger:
        """The same, to add to."""
        made = Ledger()
        for name, value in vars(self).items():
            setattr(made, name, value.copy())
        return made

    def admits(self, trial: Any, wanted: int) -> bool:
        """Whether a running trial is one of the `wanted`; a put-back trial runs once, and not for one that finished."""
        own = place(trial)
        if sum(there < own for there in self.places) >= wanted:
            return False
        if PLACE not in trial.user_attrs:
            return True
        unfinished = (*self.running, *self.waiting)
        earlier = any(place(one) == own and one.number < trial.number for one in unfinished)
        return not earlier and not any(place(one) == own for one in self.finished)

    def draw(self, trial: Any) -> int:
        """How many settings were drawn before those of a trial; a put-back trial repeats the draw of its place."""
        return bisect_left(self.drawn, place(trial))

    def failures(self, forgiven: Container[int]) -> int:
        """How many failed by themselves, but for those that are forgiven."""
        return sum(trial.number not in forgiven for trial in self.failed)


class Books:
    """Reads the same study again and again; trials that ended, and all before them did, are looked at once."""

    def __init__(self) -> None:
        self._past, self._read = Ledger(), 0

    def read(self, trials: Sequence[Any]) -> Ledger:
        """The trials as they stand now; `trials` are all of the study, by number."""
        while self._read < len(trials) and trials[self._read].state.is_finished():
            self._past.add(trials[self._read])
            self._read += 1
        now = self._past.copy()
        for trial in trials[self._read :]:
            now.add(trial)
        return now
