from __future__ import annotations

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searching import CONDITIONAL
from stagewright.errors import StagewrightError
from stagewright.stages.sweep import Choice, Interval, Parameter
from stagewright_plugins.sweeping import drawing
from stagewright_plugins.sweeping.drawing import decoded, distribution, drawn, encoded, fits, in_order

optuna.logging.set_verbosity(optuna.logging.ERROR)
numbers = st.floats(0.001, 1000)
values = st.one_of(
    st.text(max_size=5),
    st.integers(-9, 9),
    st.booleans(),
    st.dictionaries(st.text(max_size=3), st.integers()),
)


def test_those_that_others_wait_for_come_first():
    assert [one.key for one in in_order(CONDITIONAL)] == ["train.model", "train.depth", "train.dropout"]


def test_a_circle_is_said():
    circle = [Parameter("a", Choice((1,)), "b == 1"), Parameter("b", Choice((1,)), "a == 1")]
    with pytest.raises(StagewrightError, match="conditions of a, b wait for one another"):
        in_order(circle)


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Interval(1, 8, whole=True), (1, 8, 1, False)),
        (Interval(1, 8, step=3, whole=True), (1, 7, 3, False)),
        (Interval(0.0, 1.0, step=0.3), (0.0, pytest.approx(0.9), 0.3, False)),
        (Interval(0.01, 1.0, log=True), (0.01, 1.0, None, True)),
        (Interval(1, 64, whole=True, log=True), (1, 64, 1, True)),
    ],
)
def test_an_interval_holds_its_steps_only(domain, expected):
    kind = distribution(domain)
    assert (kind.low, kind.high, kind.step, kind.log) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(values, min_size=1, max_size=5, unique_by=repr))
def test_a_choice_comes_back_as_it_was(choices):
    one = Parameter("a", Choice(tuple(choices)))
    for value in choices:
        back = decoded(one, encoded(value))
        assert (type(back), back) == (type(value), value)


def test_what_is_drawn_fits_and_what_is_not_does_not():
    study, ordered = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)), in_order(CONDITIONAL)
    seen = set()
    for _ in range(30):
        trial = study.ask()
        found = drawn(trial, ordered)
        seen.add(frozenset(found))
        assert fits(trial.params, ordered)
        assert not fits({**trial.params, "other": 1}, ordered)
        assert not fits({key: value for key, value in trial.params.items() if key != "train.model"}, ordered)
    assert len(seen) == 3


def test_a_value_off_the_steps_does_not_fit():
    space = [Parameter("a", Interval(0.0, 1.0, step=0.25))]
    assert fits({"a": 0.75}, space)
    assert not fits({"a": 0.8}, space)
    assert not fits({"a": 1.25}, space)
    assert not fits({"a": "x"}, space)
    assert drawing.settings({"a": 0.75}, space) == {"a": 0.75}
