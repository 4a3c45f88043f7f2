from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

from optuna.trial import TrialState as State

from searching import CONDITIONAL, SPACE
from stagewright.stages.sweep import Choice, Interval, Parameter
from stagewright_plugins.sweep.sampler._listed import grid
from stagewright_plugins.sweeping.combinations import every_value
from stagewright_plugins.sweeping.counting import LOST, REASON, WARM
from stagewright_plugins.sweeping.drawing import fits
from stagewright_plugins.sweeping.untried import untried

SMALL = (
    Parameter("train.lr", Interval(0.0, 0.9, step=0.3)),
    Parameter("train.width", Interval(4, 6, whole=True)),
    Parameter("train.model", Choice(("unet", {"type": "deeplab"}))),
)


def trial(params, state=State.COMPLETE, number=0, **attributes):
    return SimpleNamespace(number=number, state=state, params=params, user_attrs=attributes, system_attrs={})


def test_how_many_combinations_a_space_has():
    assert untried(CONDITIONAL).size == 6
    assert untried(SMALL).size == 4 * 3 * 2
    assert untried((Parameter("a", Interval(1, 9, whole=True, log=True)),)).size == 9
    assert untried(SPACE) is None  # a number without steps
    assert untried((Parameter("a", Interval(1, 10**6, whole=True)),)) is None
    many = [Parameter(name, Choice(tuple(range(100)))) for name in "ab"]
    assert untried(many) is None


def test_the_first_draw_that_no_other_trial_has():
    params = [{"train.model": "flat"}, {"train.model": "flat"}, {"train.model": "deep", "train.depth": 1}]
    draws = iter(params)
    others = [trial(params[0], State.RUNNING)]
    assert untried(CONDITIONAL).instead(lambda: next(draws), 3, others, 1) == params[2]


def test_what_takes_a_combination():
    space = untried((Parameter("a", Choice((1, 2))),))

    def chosen(other):
        return space.instead(lambda: {"a": 1}, 3, [other], 1)["a"]

    assert chosen(trial({"a": 1}, State.PRUNED)) == 2
    assert chosen(trial({"a": 1}, State.FAIL, **{REASON: "diverged"})) == 2
    assert chosen(trial({"a": 1}, State.FAIL, **{LOST: True})) == 1
    assert chosen(trial({"a": 1}, **{WARM: "earlier#1"})) == 1


def test_the_nearest_that_was_not_tried():
    space = untried(SMALL)
    liked = {"train.lr": 0.3, "train.width": 4, "train.model": "unet"}
    found = space.instead(lambda: liked, 3, [trial(liked)], 1)
    assert found["train.model"] == "unet"
    assert {found["train.lr"], 0.3} - {0.3} in ({0.0}, {0.6})  # a third of the way is nearer than half of it
    assert found["train.width"] == 4


def test_rounding_does_not_make_two_of_one():
    liked = {"train.lr": 0.3 * 3, "train.width": 4, "train.model": "unet"}
    had = [trial(liked | {"train.lr": 0.9})]
    assert untried(SMALL).instead(lambda: liked, 0, had, 1)["train.lr"] != liked["train.lr"]


def test_the_last_step_is_inside_the_domain():
    space = (Parameter("a", Interval(0.0, 0.1 * 3, step=0.1)),)
    for found in (every_value(space[0], 9), [one["a"] for one in grid(space, None)]):
        assert len(found) == 4
        assert all(
            fits({"a": value}, space) for value in found
        )  # else a lost trial would not be put back with it


def test_equally_near_ones_are_chosen_by_the_seed():
    space = untried((Parameter("a", Choice(tuple("abcdefgh"))),))
    chosen = [space.instead(lambda: {"a": "a"}, 0, [trial({"a": "a"})], seed)["a"] for seed in range(60)]
    assert chosen == [
        space.instead(lambda: {"a": "a"}, 0, [trial({"a": "a"})], seed)["a"] for seed in range(60)
    ]
    assert len(Counter(chosen)) > 4


def test_with_none_left_what_is_forgiven_and_failed_least_is_next():
    space = untried((Parameter("a", Choice((1, 2, 3))),))
    failed = [
        trial({"a": a}, State.FAIL, number, **{REASON: "no disk"}) for number, a in enumerate((1, 2, 1))
    ]
    others = [*failed, trial({"a": 3}, number=3)]
    assert space.instead(lambda: {"a": 1}, 3, others, 1, {0, 1, 2}) == {"a": 2}
    assert space.instead(lambda: {"a": 2}, 3, others, 1, {0, 2}) == {"a": 1}


def test_with_none_left_the_draw_stays():
    space = untried((Parameter("a", Choice((1, 2))),))
    assert space.instead(lambda: {"a": 1}, 3, [trial({"a": 1}), trial({"a": 2})], 1) == {"a": 1}
