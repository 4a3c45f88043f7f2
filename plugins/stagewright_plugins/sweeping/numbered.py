"""A sampler whose draws depend on how many came before, not on who asks.

The first draw may be said beforehand, and in a small space no combination is drawn twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from .counting import Books
from .drawing import contains, decoded, distribution
from .job import Job, Parts, number_seed


class Numbered(BaseSampler):
    """Builds the sampler of each trial anew, for the number of its draw.

    One generator for all trials of a worker would make what a trial draws depend on which worker came first, and a
    resumed sweep would draw again what it drew at its start.

    Attributes:
        seen: all trials, as they stood when the latest one had just been made. Of the study itself: what Hyperband
            hands a sampler are the trials of one bracket only.
    """

    def __init__(self, job: Job, parts: Parts, books: Books, study: Study) -> None:
        self._job, self._parts, self._books, self._study = job, parts, books, study
        self._number = 0
        self._own = parts.sampler(0)
        self._said: Mapping[
            str, Any
        ] = {}  # what the trial at hand is to have, where that is not left to the sampler
        self.seen: Sequence[FrozenTrial] = ()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Build the sampler of this trial."""
        self.seen = self._study.get_trials(deepcopy=False)
        self._number = self._books.read(self.seen).draw(trial)
        self._said = self._job.first if self._number == 0 else {}
        self._own = self._parts.sampler(self._number)
        self._own.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """As the sampler does."""
        return self._own.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler does: it keeps its own account of every trial, also of one whose settings are said."""
        found = self._own.sample_relative(study, trial, search_space)
        if self._parts.untried and not self._said:
            self._said = self._untried(study, trial, search_space, found)
        return {} if self._said else found

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """What is said, else as the sampler does."""
        if param_name in self._said:
            return self._said[param_name]
        return self._own.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """As the sampler does."""
        self._own.after_trial(study, trial, state, values)

    # ---- small spaces ---------------------------------------------------------------------------

    def _untried(
        self,
        study: Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
        first: dict[str, Any],
    ) -> Mapping[str, Any]:
        """A combination that no other trial has."""
        assert self._parts.untried is not None
        waiting = [first]

        def draw() -> Mapping[str, Any]:
            relative = waiting.pop() if waiting else self._own.sample_relative(study, trial, search_space)
            return self._drawn(study, trial, relative)

        others = [other for other in self.seen if other.number != trial.number]
        seed = number_seed(self._job.seed, self._number)
        return self._parts.untried.instead(draw, self._parts.redraws, others, seed, self._job.forgiven)

    def _drawn(self, study: Study, trial: FrozenTrial, relative: Mapping[str, Any]) -> dict[str, Any]:
        """Every key that the sampler's own draw asks for, as Optuna would ask."""
        params: dict[str, Any] = {}
        settings: dict[str, Any] = {}
        for one in self._parts.ordered:
            if not one.holds(settings):
                continue
            kind = distribution(one.domain)
            if kind.single():
                value = kind.choices[0] if hasattr(kind, "choices") else kind.low
            elif one.key in relative and contains(one.domain, relative[one.key]):
                value = relative[one.key]
            else:
                value = self._own.sample_independent(study, trial, one.key, kind)
            params[one.key] = kind.to_external_repr(kind.to_internal_repr(value))
            settings[one.key] = decoded(one, params[one.key])
        return params
