"""TPE that learns from failures; over a space without conditions, which need not be found again in all trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from stagewright.stages.sweep import Parameter
from stagewright_plugins.sweeping.drawing import distribution

from ._failures import LearnsFromFailures


class Tpe(LearnsFromFailures, TPESampler):
    """Optuna's, to which failed trials are bad ones."""


class KnownSpace(Tpe):
    """Models all parameters together; a sampler is built for every trial, so nothing it found would be kept."""

    def __init__(self, space: Sequence[Parameter], **settings: Any) -> None:
        super().__init__(multivariate=True, **settings)
        kinds = {one.key: distribution(one.domain) for one in space}
        self._known = {key: kind for key, kind in sorted(kinds.items()) if not kind.single()}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Every parameter that may vary."""
        return dict(self._known)
