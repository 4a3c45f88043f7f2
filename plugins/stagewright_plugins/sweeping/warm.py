"""Finished trials of earlier studies as a start: the sampler learns from them, they do not count as trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.sweep import Parameter

from .counting import MEASURED, WARM
from .drawing import distribution, fits, in_order
from .job import Job
from .storage import FILES, has_study, in_folder, opened, places


def warm_started(job: Job, study: Any, sources: Sequence[str]) -> int:
    """Add what fits the space, once; gives how many trials of earlier studies the study now holds.

    Args:
        job: the study's.
        study: to add to.
        sources: names of studies (kept beside this one's folder, or in the same database), or folders that hold one.

    Raises:
        StagewrightError: no study is there.
    """
    import optuna

    here = {trial.user_attrs[WARM] for trial in study.get_trials(deepcopy=False) if WARM in trial.user_attrs}
    ordered = in_order(job.trial.space)
    for source in sources:
        for earlier in _studies(job, study, source):
            for trial in earlier.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)):
                name = f"{earlier.study_name}#{trial.number}"
                if name not in here and WARM not in trial.user_attrs:
                    here |= {name} if _added(job, study, trial, ordered, name) else set()
    return len(here)


def require_reachable(storage: str, sources: Sequence[str], project: Path, home: Path) -> None:
    """Ask a shared storage, before any work, whether it answers and has the earlier studies.

    Raises:
        StagewrightError: it does not, or a study is neither there nor in a folder.
    """
    if storage in FILES:
        return  # `check` has looked
    import optuna

    studies = home / "sweeps"
    names = optuna.get_all_study_names(opened(storage, studies))
    for source in sources:
        if source not in names and not any(has_study(place) for place in places(source, studies, project)):
            raise StagewrightError(_nowhere(source, names))


def _nowhere(source: str, names: Sequence[str] = ()) -> str:
    said = f"sweep.warm_start: no study {source!r}: neither a folder with one, nor a name in this study's storage"
    return f"{said}; {suggestion(source, sorted(names), 'study')}" if names else said


def _studies(job: Job, study: Any, source: str) -> Iterator[Any]:
    import optuna

    for folder in places(source, job.trial.folder.parent, job.project or Path()):
        storage = in_folder(folder) if folder != job.trial.folder else None
        if storage is not None:
            names = optuna.get_all_study_names(storage)
            yield from (optuna.load_study(study_name=name, storage=storage) for name in names)
            return
    try:
        yield optuna.load_study(study_name=source, storage=study._storage)
    except KeyError as error:
        raise StagewrightError(_nowhere(source)) from error


def _added(job: Job, study: Any, trial: Any, ordered: Sequence[Parameter], name: str) -> bool:
    import optuna

    measured = trial.user_attrs.get(MEASURED) or {"values": {}}
    values = [measured["values"].get(goal.metric) for goal in job.goals]
    if None in values or not fits(trial.params, ordered):
        return False
    kinds = {one.key: distribution(one.domain) for one in ordered if one.key in trial.params}
    made = optuna.create_trial(
        params=dict(trial.params),
        distributions=kinds,
        values=values,
        user_attrs={WARM: name, MEASURED: measured},
    )
    study.add_trial(made)
    return True
