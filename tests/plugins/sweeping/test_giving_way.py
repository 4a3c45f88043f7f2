from __future__ import annotations

import threading

import optuna
import pytest

from searching import Toy
from stagewright.stages.sweep import Interval, Parameter
from stagewright_plugins.sweeping import giving_way
from stagewright_plugins.sweeping.counting import LOST, Ledger
from stagewright_plugins.sweeping.giving_way import draws, gives_way, shared
from stagewright_plugins.sweeping.goals import Goal
from stagewright_plugins.sweeping.job import Job
from stagewright_plugins.sweeping.putting_back import fail, put_back

SPACE = (Parameter("train.width", Interval(8, 11, whole=True)),)


@pytest.fixture
def job(tmp_path):
    goals = (Goal("score", "maximize"),)
    plugins = {"type": "random"}, {"type": "none"}, ()
    return Job(Toy(tmp_path, SPACE), f"sqlite:///{tmp_path}/db", goals, (), 9, 9, *plugins, 1, 3)


def asked(study, width):
    study.enqueue_trial({"train.width": width})
    return study.ask()


def drawn(trial):
    return trial.suggest_int("train.width", 8, 11)


def way(job, trial):
    """Whether a trial gives way, as another machine sees the study."""
    study = optuna.load_study(study_name="toy", storage=job.storage)
    return gives_way(job, job.built(), study, trial.number)


def test_only_a_small_space_in_a_database_is_looked_at_twice(job, tmp_path):
    assert shared(job, 4)
    assert not shared(job, None)
    assert not shared(Job(**{**vars(job), "storage": "journal"}), 4)


def test_of_two_with_the_same_settings_the_later_one_gives_way(job):
    study = job.study()
    trials = [asked(study, width) for width in (8, 9, 8)]
    for trial in reversed(trials):
        drawn(trial)
    assert [way(job, trial) for trial in trials] == [False, False, True]
    fail(study, trials[0], {LOST: True})
    assert not way(job, trials[2])


def test_who_has_not_drawn_yet_is_waited_for(job, monkeypatch):
    study = job.study()
    first, second = asked(study, 8), asked(study, 8)
    drawn(second)
    assert draws(job, Ledger(study.trials))
    assert not draws(job, Ledger(study.trials), below=first.number)
    later = threading.Timer(0.2, drawn, [first])
    later.start()
    assert way(job, second)
    later.join()
    monkeypatch.setattr(giving_way, "LOOKS", 2)
    asked(study, 10)
    last = asked(study, 11)
    drawn(last)
    assert way(job, last)  # nobody knows what the one before will draw


def test_who_was_put_back_before_it_drew_sees_what_has_been_drawn_since(job):
    study = job.study()
    gone, second = study.ask(), asked(study, 9)
    drawn(second)
    put_back(study, lambda trial: trial.number == gone.number, job.whole)
    assert not way(job, second)
    assert not draws(job, Ledger(study.trials))
