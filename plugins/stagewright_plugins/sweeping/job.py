"""Everything a worker needs to take part in a study; pickles, so that it can go to another process or machine."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright.frozen import frozen
from stagewright.stages.sweep import Parameter, Progress, Search, Trial

from .counting import Ledger, epochs
from .drawing import fits, in_order
from .goals import Goal, Limit
from .storage import opened

if TYPE_CHECKING:
    from .untried import Untried

Spec = Mapping[str, Any]


@frozen
class Job:
    """One study as every worker of it sees it.

    Attributes:
        storage: as the recipe says it.
        wanted: finished trials.
        failures: how many trials may fail by themselves, but for the numbers in `forgiven`.
        sampler, pruner, stop: as specs, which a worker builds by name from the installed packages and `project`.
        crash_limit: over how many dead workers settings are given up.
        first: what the first trial has, as it would draw it; empty where it draws.
    """

    trial: Trial
    storage: str
    goals: tuple[Goal, ...]
    limits: tuple[Limit, ...]
    wanted: int
    failures: int
    sampler: Spec
    pruner: Spec
    stop: tuple[Spec, ...]
    seed: int
    crash_limit: int
    project: Path | None = None
    first: Mapping[str, Any] = field(default_factory=dict)
    forgiven: frozenset[int] = frozenset()

    def study(self) -> Any:
        """The study, made if there is none yet."""
        import optuna

        return optuna.create_study(
            study_name=self.trial.study,
            storage=opened(self.storage, self.trial.folder),
            directions=[goal.direction for goal in self.goals],
            pruner=self.component("sweep.pruner", self.pruner)(self.search(0)),
            load_if_exists=True,
        )

    def component(self, kind: str, spec: Spec) -> Any:
        """A plugin by its spec."""
        from stagewright.plugin.registry import Registry

        return Registry(self.project).component(kind, spec)

    def search(self, number: int) -> Search:
        """What samplers and pruners are built for."""
        directions = tuple(goal.direction for goal in self.goals)
        return Search(self.trial.space, directions, self.wanted, self.seed, number)

    def whole(self, trial: Any) -> bool:
        """Whether a trial has drawn all its settings."""
        return fits(trial.params, in_order(self.trial.space))

    def built(self) -> Parts:
        """Its plugins, for one worker."""
        return Parts(self)


class Parts:
    """The plugins of a job, built once in a worker."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._sampler = job.component("sweep.sampler", job.sampler)
        self._stop = [job.component("sweep.stop", spec) for spec in job.stop]

    @cached_property
    def ordered(self) -> tuple[Parameter, ...]:
        """The space, every parameter after those that its condition reads."""
        return in_order(self._job.trial.space)

    def sampler(self, number: int) -> Any:
        """The sampler of one trial."""
        return self._sampler(self._job.search(number))

    @cached_property
    def untried(self) -> Untried | None:
        """The combinations of a small space; None where there is no end to them, or the sampler lists them itself."""
        from .untried import untried

        return None if self._listed is not None else untried(self._job.trial.space)

    def name(self, params: Mapping[str, Any]) -> Hashable:
        """Equal for equal settings of a small space."""
        from .combinations import key_of

        return self.untried.name(params) if self.untried else key_of(params)

    @property
    def redraws(self) -> int:
        """How often to ask the sampler again for what was tried; one whose points are fixed would lose some."""
        from .untried import REDRAWS

        return 0 if getattr(self._sampler.facts, "fixed", False) else REDRAWS

    def size(self) -> int | None:
        """How many different trials there are, where that ends."""
        return self.untried.size if self.untried else self._listed

    @cached_property
    def _listed(self) -> int | None:
        return getattr(self.sampler(0), "size", None)

    def end(self, ledger: Ledger, size: int | None) -> str:
        """Why no further trial is to be asked for; empty where the sweep goes on."""
        job = self._job
        if ledger.failures(job.forgiven) > job.failures:
            return f"{ledger.failures(job.forgiven)} trials failed, {job.failures} may"
        if len(ledger.finished) >= job.wanted:
            return f"{job.wanted} trials finished"
        if size is not None and len(ledger.finished) + ledger.failures(job.forgiven) >= size:
            return f"all {size} combinations were tried"
        if not self._stop:
            return ""
        told = progress(ledger, job.goals)
        return next((reason for rule in self._stop if (reason := rule(told))), "")


def progress(ledger: Ledger, goals: tuple[Goal, ...]) -> Progress:
    """How far a study is, for its stopping rules."""
    from optuna.trial import TrialState

    ended = sorted(ledger.finished, key=lambda trial: (trial.datetime_complete, trial.number))
    values = tuple(
        tuple(trial.values) if trial.state == TrialState.COMPLETE and feasible(trial) else None
        for trial in ended
    )
    trained = sum(epochs(trial) for trial in ledger.own)
    return Progress(busy_seconds(ledger.own), trained, tuple(goal.direction for goal in goals), values)


def feasible(trial: Any) -> bool:
    """Whether a finished trial keeps all limits."""
    return all(excess <= 0 for excess in trial.constraints.values())


def busy_seconds(trials: list[Any]) -> float:
    """How long at least one of the trials ran; one that still runs, until now."""
    from datetime import datetime

    spans = sorted(
        (trial.datetime_start, trial.datetime_complete or datetime.now())
        for trial in trials
        if trial.datetime_start and (trial.datetime_complete or trial.state.name == "RUNNING")
    )
    total, reached = 0.0, None
    for start, end in spans:
        begin = start if reached is None else max(start, reached)
        total += max(0.0, (end - begin).total_seconds())
        reached = end if reached is None else max(reached, end)
    return total


def number_seed(seed: int, number: int) -> int:
    """A seed of 32 bits for one trial of a study."""
    return int.from_bytes(sha256(f"{seed}:{number}".encode()).digest()[:4], "big")
