"""Which failures a command counts: what made them may be mended before the next one.

A command that follows one which was killed, or failed, forgives all that failed so far: it counts from none, and in a
small space tries these settings once more. Where the search had ended well it stays as it ended, and a command that
finds others at work counts as they do, so that all end alike.
"""

from __future__ import annotations

from typing import Any

from .counting import Ledger

# User attributes of a study.
FORGIVEN = "forgiven"  # numbers of failed trials
ENDED_WELL = "ended_well"  # the latest command did


def forgiven(study: Any) -> frozenset[int]:
    """Begin a command, once what the dead left is put back: the failed trials that it does not count."""
    known, ledger = study.user_attrs, Ledger(study.get_trials(deepcopy=False))
    if FORGIVEN in known and (known.get(ENDED_WELL) or ledger.running):
        numbers = known[FORGIVEN]
    else:
        numbers = [trial.number for trial in ledger.failed]
        study.set_user_attr(FORGIVEN, numbers)
    if not ledger.running:
        study.set_user_attr(ENDED_WELL, False)
    return frozenset(numbers)


def ended_well(study: Any) -> None:
    """End a command whose search found what it was to find."""
    study.set_user_attr(ENDED_WELL, True)
