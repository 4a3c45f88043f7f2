"""Machines that share a database draw at once: of two trials with the same combination of a small space, one gives way.

No lock is common to them. So a trial looks once more when its settings stand in the database: it gives way to one with
a lower number that has the same, and waits for those that have not drawn yet. Of two trials the one with the higher
number sees the other's settings then, or the other is still to be asked for, or put back, and will see these when it
draws. Nobody waits for a higher number, so somebody always goes on.
"""

from __future__ import annotations

import math
import time
from typing import Any

from .combinations import failures, params_of
from .counting import Ledger
from .job import Job, Parts
from .storage import FILES

LOOK_SECONDS = 0.02
LOOKS = 50  # a draw takes some milliseconds; who takes longer was killed, and will be put back


def shared(job: Job, size: int | None) -> bool:
    """Whether other machines may draw from the same small space; those that share a file share its lock, too."""
    return size is not None and job.storage not in FILES


def draws(job: Job, ledger: Ledger, below: float = math.inf) -> bool:
    """Whether a trial with a number below one is running whose settings do not all stand yet."""
    return any(trial.number < below and not job.whole(trial) for trial in ledger.running)


def gives_way(job: Job, parts: Parts, study: Any, number: int) -> bool:
    """Whether a trial that has drawn has what one asked for earlier has, or may come to have."""
    for _ in range(LOOKS):
        trials = study.get_trials(deepcopy=False)
        if not draws(job, Ledger(trials), number):
            had = failures(trials[:number], parts.name, job.forgiven)
            return had.get(parts.name(params_of(trials[number]))) == math.inf
        time.sleep(LOOK_SECONDS)
    return True
