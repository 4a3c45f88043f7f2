from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState as State

from stagewright_plugins.sweeping.counting import CRASHES, LOST, PLACE, REASON, RETRY_OF, Ledger
from stagewright_plugins.sweeping.putting_back import fail, put_back

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture
def study():
    study = optuna.create_study()
    for _ in range(3):
        study.ask().suggest_float("x", 0, 1)
    return study


def test_a_lost_trial_waits_with_its_settings(study):
    assert put_back(study, lambda trial: trial.number == 1) == [1]
    lost, again = study.trials[1], study.trials[3]
    assert (lost.state, lost.user_attrs[LOST]) == (State.FAIL, True)
    assert again.state == State.WAITING
    assert again.user_attrs == {RETRY_OF: 1, PLACE: 1, CRASHES: 0}
    assert study.ask().suggest_float("x", 0, 1) == lost.params["x"]


def test_put_back_again_it_keeps_its_place(study):
    put_back(study, lambda trial: trial.number == 1)
    study.ask()
    put_back(study, lambda trial: trial.number == 3)
    assert study.trials[4].user_attrs[PLACE] == 1
    assert study.trials[4].user_attrs[RETRY_OF] == 3


def test_whoever_was_interrupted_half_way_has_put_it_back_once(study, monkeypatch):
    monkeypatch.setattr(
        "stagewright_plugins.sweeping.putting_back.fail", lambda *_: None
    )  # killed in between
    put_back(study, lambda trial: trial.number == 1)
    monkeypatch.undo()
    put_back(study, lambda trial: trial.number == 1)
    assert len(study.trials) == 4
    assert study.trials[1].state == State.FAIL


def test_settings_over_which_workers_die_are_given_up(study):
    put_back(study, lambda trial: trial.number == 1, crash_limit=2)
    study.ask()
    put_back(study, lambda trial: trial.number == 3, crash_limit=2)
    assert len(study.trials) == 4
    assert "died 2 times" in study.trials[3].user_attrs[REASON]
    assert [trial.number for trial in Ledger(study.trials).failed] == [3]


def test_one_that_finished_meanwhile_stays_finished(study):
    lost = study.trials[1]
    study.tell(1, 0.5)
    fail(study, lost, {LOST: True})
    assert study.trials[1].state == State.COMPLETE
    assert put_back(study, lambda trial: trial.number == 1) == []
