"""A study looked at from outside, while it works or after it was killed: how far it is, and its best trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.stages.sweep import Best, Inputs, Parameter, Search, Standing

from .counting import Ledger
from .drawing import settings
from .goals import Goal, goals
from .quiet import quiet
from .ranking import best_first, finished, front, values_of
from .storage import JOURNAL, SQLITE, opened
from .telling import state
from .untried import size_of

NOWHERE = Path()


def standing(inputs: Inputs, said: Mapping[str, Any]) -> Standing | None:
    """How a study stands, by the settings of `sweep: {type: optuna}`; None where nothing was begun.

    Raises:
        StagewrightError: its storage cannot be opened.
    """
    import optuna

    folder, storage = inputs.trial.folder, str(said["storage"])
    files = {"journal": folder / JOURNAL, "sqlite": folder / SQLITE}
    if storage in files and not files[storage].is_file():
        return None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.load_study(study_name=inputs.trial.study, storage=opened(storage, folder))
    except KeyError:
        return None
    ledger = Ledger(study.get_trials(deepcopy=False))
    counts = Counter(name for trial in ledger.own if (name := state(trial)))
    aims = goals(said["objectives"], inputs.metrics, said["measure"])
    best = best_of(ledger, aims, inputs.trial.space, int(said["top"]))
    wanted = _wanted(inputs, said, aims)
    return Standing(dict(counts), wanted, best, ("optuna-dashboard", _address(storage, files)))


def _wanted(inputs: Inputs, said: Mapping[str, Any], aims: Sequence[Goal]) -> int:
    """How many trials are to finish: as many as are said, or as there are."""
    trials, directions = int(said["trials"]), tuple(goal.direction for goal in aims)
    with quiet():
        sampler = said["sampler"](Search(inputs.trial.space, directions, trials, inputs.context.seed))
    size = size_of(inputs.trial.space, sampler)
    return trials if size is None else min(trials, size)


def best_of(
    ledger: Ledger, aims: Sequence[Goal], space: Sequence[Parameter], top: int, path: Path = NOWHERE
) -> Best | None:
    """What a sweep gives for the trials it has; None where none is inside every limit."""
    ranked = best_first(ledger.finished, aims)
    if not ranked:
        return None
    ahead = front(ranked, aims)
    chosen = ahead[0] if len(aims) > 1 else ranked[0]
    pruned = sum(trial.state.name == "PRUNED" for trial in ledger.finished)
    return Best(
        path,
        settings(chosen.params, space),
        values_of(chosen),
        len(ledger.finished),
        pruned,
        len(ledger.failed),
        tuple(finished(trial, space) for trial in ahead),
        tuple(finished(trial, space) for trial in ranked[:top]),
    )


def _address(storage: str, files: Mapping[str, Path]) -> str:
    """As `optuna-dashboard` takes it."""
    if storage == "sqlite":
        return f"sqlite:///{files[storage]}"
    return str(files.get(storage, storage))
