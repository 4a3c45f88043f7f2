"""A sampler whose draws depend on how many came before, not on who asks; the first one may be said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from .counting import Books


class Numbered(BaseSampler):
    """Builds the sampler of each trial anew, for the number of its draw.

    One generator for all trials of a worker would make what a trial draws depend on which worker came first, and a
    resumed sweep would draw again what it drew at its start.

    Attributes:
        seen: all trials, as they stood when the latest one had just been made. Of the study itself: what Hyperband
            hands a sampler are the trials of one bracket only.
    """

    def __init__(
        self,
        built: Callable[[int], BaseSampler],
        books: Books,
        study: Study,
        first: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._built, self._books, self._study, self._first = built, books, study, first
        self._said: Mapping[str, Any] = {}
        self._own = built(0)
        self.seen: Sequence[FrozenTrial] = ()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Build the sampler of this trial."""
        self.seen = self._study.get_trials(deepcopy=False)
        number = self._books.read(self.seen).draw(trial)
        self._said = self._first if number == 0 else {}
        self._own = self._built(number)
        self._own.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """As the sampler does."""
        return self._own.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler does: it keeps its own account of every trial, also of one whose settings are said."""
        found = self._own.sample_relative(study, trial, search_space)
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
