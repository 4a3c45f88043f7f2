"""A method is scored on answers that it was not fitted to, whole groups together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from small_tables import a_metric_set, a_task
from stagewright.errors import StepError
from stagewright.testing import context
from stagewright_plugins.ensembling import fitting, methods
from stagewright_plugins.ensembling.answers import Answers
from stagewright_plugins.ensembling.fitting import Fitting


def a_fitting(folder: Path, method: str, *metrics: str, groups: int = 20) -> Fitting:
    """Three members without any idea of 400 samples."""
    random = np.random.default_rng(0)
    second = random.random((3, 400), dtype=np.float32)
    given = np.stack([1 - second, second], -1)
    answers = Answers(given, random.integers(0, 2, 400), np.arange(400) % groups)
    task = a_task()
    return Fitting(answers, method, a_metric_set(folder, task, *metrics), task, context(folder, seed=1))


def test_chance_stays_chance(tmp_path: Path) -> None:
    learned = a_fitting(tmp_path, "stacking", "auroc")
    whole = learned.whole
    by_heart = learned.score(whole(learned.answers.given), np.arange(400))
    assert learned.values(whole, 5)["auroc"] < by_heart - 0.01


def test_no_group_is_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned = a_fitting(tmp_path, "greedy", "auroc", groups=7)
    seen: list[np.ndarray] = []

    def spying(given: methods.Given) -> methods.Combination:
        seen.append(given.rows)
        return methods.average(given)

    monkeypatch.setitem(fitting.METHODS, "greedy", spying)
    learned.values(learned.whole, 5)
    whole, *parts = seen
    assert len(whole) == 400
    assert len(parts) == 5
    out = [np.setdiff1d(whole, part) for part in parts]
    assert sorted(np.concatenate(out).tolist()) == list(range(400))
    for inside, outside in zip(parts, out, strict=True):
        units = learned.answers.units
        assert not set(units[inside]) & set(units[outside])


def test_what_is_not_fitted_is_scored_as_it_is(tmp_path: Path) -> None:
    learned = a_fitting(tmp_path, "average", "auroc", "brier")
    values = learned.values(learned.whole, 5)
    assert values["auroc"] == learned.score(learned.answers.given.mean(0), np.arange(400))
    second, target = learned.answers.given.mean(0)[:, 1], learned.answers.targets
    assert values["brier"] == pytest.approx(((second - target) ** 2).mean(), abs=1e-6)


def test_a_single_group_cannot_be_parted(tmp_path: Path) -> None:
    learned = a_fitting(tmp_path, "greedy", "auroc", groups=1)
    with pytest.raises(StepError, match="a single group: use method average or weighted"):
        learned.values(learned.whole, 5)


def test_less_is_more_where_a_metric_says_so(tmp_path: Path) -> None:
    learned = a_fitting(tmp_path, "greedy", "brier")
    assert learned.score(learned.answers.given[0], np.arange(400)) < 0
    worse = replace(learned.answers, given=learned.answers.given.round())
    rounded = replace(learned, answers=worse)
    assert rounded.score(worse.given[0], np.arange(400)) < learned.score(
        learned.answers.given[0], np.arange(400)
    )
