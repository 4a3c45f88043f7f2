from __future__ import annotations

import optuna
import pytest

from searching import Sweep, Toy
from stagewright_plugins.sweep.sampler._failures import _Seen
from stagewright_plugins.sweeping.counting import LOST, REASON

LAST = 3 * 30 // 4  # of thirty trials, those that know where it diverges


@pytest.mark.parametrize("sampler", ["tpe", pytest.param("gp", marks=pytest.mark.slow)])
@pytest.mark.parametrize("constraints", [[], ["size_mb <= 1.2"]])
def test_settings_that_diverge_are_not_drawn_again_and_again(sweep: Sweep, sampler, constraints) -> None:
    limits = {"constraints": constraints, "measure": "compress"} if constraints else {}
    best = sweep(
        Toy(sweep.folder, diverging=0.005), trials=30, sampler=sampler, max_failure_rate=1.0, **limits
    )
    assert best.trials == 30
    tried = [call["settings"]["train.lr"] > 0.005 for call in sweep.calls]
    assert sum(tried[:10]) >= 3  # at random, two in five
    assert sum(tried[-LAST:]) <= LAST / 3


def test_with_pruning_and_several_objectives(sweep: Sweep) -> None:
    toy = Toy(sweep.folder, diverging=0.005, epochs=4)
    assert sweep(toy, trials=20, pruner="hyperband", max_failure_rate=1.0).trials == 20
    other = Sweep(sweep.tmp / "two")
    toy = Toy(other.folder, diverging=0.005)
    assert other(toy, trials=20, objectives=["score", "loss"], max_failure_rate=1.0).trials == 20


def test_failed_trials_are_seen_as_bad_as_the_worst_and_lost_ones_not_at_all() -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    for values in ([1.0, 5.0], [3.0, 2.0]):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        trial.set_constraint("limit", values[0] - 2)
        study.tell(trial, values)
    for attributes in ({REASON: "diverged"}, {REASON: "its host is gone", LOST: True}):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        for name, value in attributes.items():
            trial.set_user_attr(name, value)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    complete = [optuna.trial.TrialState.COMPLETE]
    seen = _Seen(study)._get_trials(states=complete)
    assert [trial.values for trial in seen] == [[1.0, 5.0], [3.0, 2.0], [1.0, 5.0]]
    assert seen[-1].constraints == {"limit": 1.0}
    assert seen[-1].params == study.trials[2].params
    assert len(study.get_trials(states=complete)) == 2  # the study itself is left alone


def test_nothing_is_known_before_the_first_one_finishes() -> None:
    study = optuna.create_study()
    trial = study.ask()
    trial.set_user_attr(REASON, "diverged")
    study.tell(trial, state=optuna.trial.TrialState.FAIL)
    assert _Seen(study)._get_trials(states=[optuna.trial.TrialState.COMPLETE]) == []
