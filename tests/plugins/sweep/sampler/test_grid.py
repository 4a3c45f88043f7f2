from __future__ import annotations

import json

import pytest

from searching import CONDITIONAL, Sweep, Toy
from stagewright.errors import StagewrightError
from stagewright.stages.sweep import Choice, Interval, Parameter
from stagewright_plugins.sweep.sampler._listed import grid


def test_every_combination_once_and_then_the_end(tmp_path):
    sweep = Sweep(tmp_path)
    space = (
        Parameter("train.width", Interval(8, 10, whole=True)),
        Parameter("train.model", Choice(("unet", "flat"))),
    )
    best = sweep(Toy(sweep.folder, space), trials=50, sampler="grid")
    seen = {json.dumps(call["settings"]) for call in sweep.calls}
    assert best.trials == len(sweep.calls) == len(seen) == 6
    assert best.settings == {"train.width": 10, "train.model": "unet"}
    assert sweep.block("Search")["facts"]["ended because"] == "all 6 combinations were tried"


def test_a_failed_combination_is_not_tried_again(tmp_path):
    sweep = Sweep(tmp_path)
    space = (Parameter("train.width", Interval(8, 12, whole=True)),)
    best = sweep(Toy(sweep.folder, space, failing=(1,)), trials=50, sampler="grid", max_failure_rate=1.0)
    assert (best.trials, best.failed, len(sweep.calls)) == (4, 1, 5)
    assert len({call["settings"]["train.width"] for call in sweep.calls}) == 5


def test_keys_that_are_left_out_multiply_nothing():
    found = grid(CONDITIONAL, None)
    assert len(found) == 6  # flat; deep 1; deep 2 and 3 with two dropouts each
    assert {"train.model": "flat"} in found


def test_as_listed_if_not_shuffled(tmp_path):
    sweep = Sweep(tmp_path)
    space = (Parameter("train.width", Choice((9, 4, 7))),)
    sweep(Toy(sweep.folder, space), sampler={"type": "grid", "shuffle": False})
    assert [call["settings"]["train.width"] for call in sweep.calls] == [9, 4, 7]


@pytest.mark.parametrize(
    ("domain", "points", "values"),
    [
        (Interval(0, 1), 3, [0, 0.5, 1]),
        (Interval(0.01, 1, log=True), 3, [0.01, pytest.approx(0.1), 1]),
        (Interval(1, 100, whole=True), 3, [1, 51, 100]),
        (Interval(1, 3, whole=True), 5, [1, 2, 3]),
        (Interval(1, 100, whole=True, log=True), 3, [1, 10, 100]),
        (Interval(0, 1, step=0.5), None, [0, 0.5, 1]),
    ],
)
def test_values_of_a_number(domain, points, values):
    assert [one["a"] for one in grid([Parameter("a", domain)], points)] == values


def test_too_many_combinations_are_said():
    space = [Parameter(f"a{i}", Interval(0, 999, whole=True)) for i in range(3)]
    with pytest.raises(StagewrightError, match="more than 100000 combinations"):
        grid(space, None)


def test_every_combination_once_in_the_brackets_of_hyperband(tmp_path):
    sweep = Sweep(tmp_path)
    space = (
        Parameter("train.width", Interval(8, 10, whole=True)),
        Parameter("train.lr", Choice((0.001, 0.01, 0.1))),
    )
    best = sweep(Toy(sweep.folder, space, epochs=4), trials=50, sampler="grid", pruner="hyperband")
    seen = {json.dumps(call["settings"]) for call in sweep.calls}
    assert best.trials == len(sweep.calls) == len(seen) == 9
