"""A study looked at from outside."""

from __future__ import annotations

import pytest

from searching import CONDITIONAL, METRICS, Sweep, Toy
from stagewright.plugin.registry import Registry
from stagewright.stages.sweep import Inputs, Interval, Parameter
from stagewright.testing import context

WIDTHS = (Parameter("train.width", Interval(8, 11, whole=True)),)


def looked(sweep: Sweep, toy: Toy, **settings):
    component = Registry().component("sweep", {"type": "optuna", "params": {"a": "1, 2"}, **settings})
    inputs = Inputs(METRICS, toy, context(sweep.tmp / "look", sweep.seed, sweep.heard))
    return component.facts.look(inputs, component.settings)


@pytest.mark.parametrize("sampler", ["tpe", "grid"])
def test_no_more_are_wanted_than_there_are(sweep, sampler):
    toy = Toy(sweep.folder, WIDTHS)
    sweep(toy, trials=2, sampler=sampler)
    assert looked(sweep, toy, trials=3, sampler=sampler).wanted == 3
    assert looked(sweep, toy, trials=20, sampler=sampler).wanted == 4
    assert looked(sweep, toy, trials=20, sampler=sampler).counts == {"complete": 2}


def test_how_many_are_wanted_of_what_has_no_end(sweep):
    toy = Toy(sweep.folder)
    sweep(toy, trials=2)
    assert looked(sweep, toy, trials=20).wanted == 20


def test_a_study_that_was_not_begun(sweep):
    assert looked(sweep, Toy(sweep.folder, CONDITIONAL)) is None
