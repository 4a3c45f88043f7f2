"""Failed trials as a sampler that learns should see them: as bad as the worst one that finished.

Optuna's samplers pass over failed trials, and so come back to settings that diverge or run out of memory until the
sweep gives up. Counting a crash as the worst value seen is what sequential model-based searches do (Hutter et al.,
2011, doi:10.1007/978-3-642-25566-3_40).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from stagewright_plugins.sweeping.counting import LOST, REASON, SURPLUS


class LearnsFromFailures:
    """Mixed into an Optuna sampler, before it: what it asks of the study counts failed trials as finished badly."""

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """As the sampler does."""
        found: dict[str, BaseDistribution] = super().infer_relative_search_space(_seen(study), trial)  # type: ignore[misc]
        return found

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler does."""
        found: dict[str, Any] = super().sample_relative(_seen(study), trial, search_space)  # type: ignore[misc]
        return found

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """As the sampler does."""
        return super().sample_independent(_seen(study), trial, param_name, param_distribution)  # type: ignore[misc]


def _seen(study: Study) -> Study:
    return study if isinstance(study, _Seen) else _Seen(study)


class _Seen(Study):
    """A study with its failed trials told as complete; shares everything else with the study it is made of."""

    def __init__(self, study: Study) -> None:
        # Hyperband's view of a study hides its attributes from all but `object`.
        self.__dict__.update(object.__getattribute__(study, "__dict__"))

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        trials = super()._get_trials(deepcopy=deepcopy, use_cache=use_cache)
        if states is None or TrialState.COMPLETE in states:
            trials = _told(trials, self.directions)
        return [trial for trial in trials if states is None or trial.state in states]


def _told(trials: list[FrozenTrial], directions: Sequence[StudyDirection]) -> list[FrozenTrial]:
    known = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not known or not any(_failed(trial) for trial in trials):
        return trials
    worst = [
        min(values) if direction == StudyDirection.MAXIMIZE else max(values)
        for direction, values in zip(
            directions, zip(*(trial.values for trial in known), strict=True), strict=True
        )
    ]
    limits = {name for trial in known for name in trial.constraints}
    missed = {name: max(trial.constraints.get(name, 0.0) for trial in known) for name in sorted(limits)}
    return [_as(trial, worst, missed) if _failed(trial) else trial for trial in trials]


def _failed(trial: FrozenTrial) -> bool:
    """Whether its settings failed; one that was lost with its worker says nothing about them."""
    attributes = trial.user_attrs
    return trial.state == TrialState.FAIL and REASON in attributes and not {LOST, SURPLUS} & attributes.keys()


def _as(trial: FrozenTrial, values: list[float], constraints: dict[str, float]) -> FrozenTrial:
    return create_trial(
        params=trial.params, distributions=trial.distributions, values=values, constraints=constraints or None
    )
