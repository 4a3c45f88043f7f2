"""A method fitted to answers, and what it is worth on answers that it was not fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stagewright.context import Context
from stagewright.errors import StepError
from stagewright.stages.framing import Task
from stagewright.stages.metrics import MetricSet
from stagewright_plugins.scoring.values import build, judged

from .answers import Answers
from .combination import Combination, Floats
from .methods import FITTED, METHODS, Given

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Fitting:
    """One method on the members' answers, by the recipe's metrics; the seed says how samples are parted."""

    answers: Answers
    method: str
    metrics: MetricSet
    task: Task
    context: Context

    def on(self, rows: Rows) -> Combination:
        """The method's combination of all members, learned from some samples."""
        part = self.answers.given[:, rows]
        given = Given(
            part,
            self.answers.targets[rows],
            rows,
            tuple(self.score(one, rows) for one in part),
            self.score,
            self.task.ignore_index,
            self.context.seed,
        )
        return METHODS[self.method](given)

    @property
    def whole(self) -> Combination:
        """Learned from all samples."""
        return self.on(np.arange(len(self.answers)))

    def values(self, whole: Combination, folds: int) -> dict[str, float]:
        """Every metric of answers that are not fitted to their own targets."""
        fitted = self.method in FITTED
        honest = self._cross_fitted(folds) if fitted else whole(self.answers.given)
        built = build(self.metrics, self.task, self.context)
        return judged(self.metrics, built, honest, self.answers.targets)

    def score(self, found: Floats, rows: Rows) -> float:
        """The leading metric of answers to some samples, higher is better; -inf where it does not exist."""
        metrics, built = self._leading
        sign = 1 if metrics.metrics[0].direction == "maximize" else -1
        value = judged(metrics, built, found, self.answers.targets[rows]).get(metrics.metrics[0].keys[0])
        return -np.inf if value is None else sign * value

    def _cross_fitted(self, folds: int) -> Floats:
        """Answers to each sample by a combination that was fitted to the others, (N, K, ...)."""
        units = self.answers.units
        count = min(folds, int(units.max()) + 1)
        if count < 2:
            raise StepError(
                "the validation split is a single group: use method average or weighted, or split otherwise"
            )
        random = np.random.default_rng([self.context.seed, count])
        fold = random.permutation(np.arange(units.max() + 1) % count)[units]
        found = np.empty_like(self.answers.given[0])
        for i in range(count):
            out = np.flatnonzero(fold == i)
            found[out] = self.on(np.flatnonzero(fold != i))(self.answers.given[:, out])
        return found

    @cached_property
    def _leading(self) -> tuple[MetricSet, dict[str, Any]]:
        """The metric that decides, alone where it stands alone: it is asked for hundreds of times."""
        alone = self.metrics.metrics[0].spec["type"] != "formula"
        metrics = replace(self.metrics, metrics=self.metrics.metrics[:1]) if alone else self.metrics
        return metrics, build(metrics, self.task, self.context)
