from __future__ import annotations

import pytest

from searching import CONDITIONAL, SPACE
from stagewright.stages.sweep import Interval, Parameter
from stagewright_plugins.sweeping.drawing import in_order
from stagewright_plugins.sweeping.first import first

OWN = {"train.lr": 0.01, "train.width": 8, "train.model": {"type": "deeplab", "depth": 2}}


def test_settings_inside_the_space_as_a_trial_keeps_them():
    params, left = first(OWN, in_order(SPACE))
    assert params == {"train.lr": 0.01, "train.width": 8, "train.model": '{"type": "deeplab", "depth": 2}'}
    assert left == []


def test_a_key_whose_condition_does_not_hold_is_left_out():
    own = {"train.model": "flat", "train.depth": 99, "train.dropout": 0.5}
    assert first(own, in_order(CONDITIONAL)) == ({"train.model": "flat"}, [])
    own = {"train.model": "deep", "train.depth": 2}
    assert first(own, in_order(CONDITIONAL)) == (own, ["it has no train.dropout"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"train.lr": 0.5}, "its train.lr, 0.5, is not among what is searched"),
        ({"train.width": None}, "its train.width, None, is not among what is searched"),
        (
            {"train.model": {"type": "other", "x": 1}},
            "its train.model, 'other', is not among what is searched",
        ),
    ],
)
def test_settings_outside_are_left_to_the_sampler_and_said(changed, said):
    params, left = first(OWN | changed, in_order(SPACE))
    assert left == [said]
    assert params.keys() == OWN.keys() - changed.keys()


def test_what_depends_on_a_key_that_is_left_out_is_left_out_too():
    assert first({"train.dropout": 0.5, "train.depth": 2}, in_order(CONDITIONAL)) == (
        {},
        ["it has no train.model"],
    )


def test_a_number_between_steps_is_outside():
    space = (Parameter("train.lr", Interval(0.0, 1.0, step=0.3)),)
    assert first({"train.lr": 0.9}, space)[0] == {"train.lr": 0.9}
    assert first({"train.lr": 0.5}, space)[0] == {}
