from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState as State

from stagewright_plugins.sweeping.counting import LOST, REASON
from stagewright_plugins.sweeping.forgiving import ended_well, forgiven


@pytest.fixture
def study():
    return optuna.create_study()


def failed(study, **attributes):
    trial = study.ask()
    for key, value in ({REASON: "diverged"} | attributes).items():
        trial.set_user_attr(key, value)
    study.tell(trial, state=State.FAIL)
    return trial.number


def test_a_command_forgives_what_failed_before(study):
    assert forgiven(study) == frozenset()
    first = failed(study)
    failed(study, **{LOST: True})
    assert forgiven(study) == {first}  # the first command was killed
    second = failed(study)
    assert forgiven(study) == {first, second}


def test_what_failed_in_a_search_that_ended_well_is_not_forgiven(study):
    forgiven(study)
    failed(study)
    ended_well(study)
    assert forgiven(study) == frozenset()
    later = failed(study)  # this command goes on, and is killed
    assert forgiven(study) == {later - 1, later}


def test_who_finds_others_at_work_counts_as_they_do(study):
    forgiven(study)
    first = failed(study)
    running = study.ask()
    assert forgiven(study) == frozenset()
    study.tell(running, 1.0)
    assert forgiven(study) == {first}
