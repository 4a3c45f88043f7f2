"""A sampler that hands out a list of settings, each once, to whoever asks.

Optuna's `GridSampler` knows no conditions, and gives a combination twice where several ask at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from stagewright.errors import StagewrightError
from stagewright.stages.sweep import Choice, Parameter
from stagewright_plugins.sweeping.combinations import Params, combinations, failures, key_of, stepped
from stagewright_plugins.sweeping.drawing import distribution, encoded, endless
from stagewright_plugins.sweeping.forgiving import FORGIVEN

MOST = 100_000  # combinations: more than anyone waits for


class Listed(BaseSampler):
    """The first settings of the list that no other trial has, in an order drawn by the seed.

    Then those whose failures the command at work forgives.

    Attributes:
        size: how many settings the list holds.
    """

    def __init__(self, listed: Sequence[Params], seed: int | None) -> None:
        self._listed = list(listed)
        if seed is not None:
            Random(seed).shuffle(self._listed)
        self.size = len(self._listed)
        self._chosen: Params = {}

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Choose what this trial is to have; a trial that was put back brings its own."""
        # Hyperband hands out a view in which `get_trials` gives one bracket's trials only.
        others = study._storage.get_all_trials(study._study_id, deepcopy=False)
        forgiven = study._storage.get_study_user_attrs(study._study_id).get(FORGIVEN, ())
        had = failures((other for other in others if other.number != trial.number), key_of, forgiven)
        fresh = next((params for params in self._listed if key_of(params) not in had), None)
        self._chosen = fresh or min(self._listed, key=lambda params: had.get(key_of(params), 0))

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Nothing: every key is answered by itself."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing: every key is answered by itself."""
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The value of a key; one that a put-back trial never came to draw is the first it may be."""
        if param_name in self._chosen:
            return self._chosen[param_name]
        return next(params[param_name] for params in self._listed if param_name in params)


def grid(space: Sequence[Parameter], points: int | None) -> list[Params]:
    """All combinations of what parameters may be, as Optuna keeps them, without repetition.

    Raises:
        StagewrightError: a number without a step while `points` is None, or more than MOST combinations.
    """
    found = combinations(space, lambda one: _values(one, points), MOST)
    if found is None:
        raise StagewrightError(f"sweep.sampler: grid has more than {MOST} combinations; say fewer `points`")
    return found


def _values(parameter: Parameter, points: int | None) -> list[Any]:
    domain = parameter.domain
    if isinstance(domain, Choice):
        return [encoded(value) for value in domain.values]
    kind = distribution(domain)
    if not endless(domain):
        count = round((kind.high - kind.low) / kind.step) + 1
        if points is None or count <= points:
            return [stepped(kind, i) for i in range(count)]
        indices = sorted({round(i * (count - 1) / (points - 1)) for i in range(points)})
        return [stepped(kind, i) for i in indices]
    if points is None:
        raise StagewrightError(
            f"sweep.sampler: grid needs to know how many values of {parameter.key!r} to try: say `points`, or a step"
        )
    low, high = (math.log(kind.low), math.log(kind.high)) if domain.log else (kind.low, kind.high)
    inner = [low + (high - low) * i / (points - 1) for i in range(1, points - 1)]
    values = [kind.low, *(math.exp(value) if domain.log else value for value in inner), kind.high]
    return sorted({round(value) for value in values}) if domain.whole else values
