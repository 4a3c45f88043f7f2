"""Trials: their study, what they find done, what they report, how they fail."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from stagewright.errors import StepError
from stagewright.plan.plan import Planner
from stagewright.plan.walk import Walk
from stagewright.plugin.registry import Registry
from stagewright.stages.sweep import Pruned
from stagewright.study.trial import RecipeTrial, trial


def made(
    toy: Any, *params: Mapping[str, Any], changes: Mapping[str, Any] = {}, **settings: Any
) -> RecipeTrial:
    """The trial of a recipe whose steps before the sweep are finished."""
    toy.run()
    checked = toy.check(toy.swept(*params, **settings) | dict(changes))
    planner = Planner(checked, Registry(toy.path), toy.store)
    walk = Walk(planner, lambda _s, fingerprint, _p: toy.store.get(fingerprint)[0])
    for step in planner.order[: planner.order.index("sweep")]:
        walk.turn(step)
    return trial(checked, toy.store, planner.sweep_parts(walk.prints))


def silent(_epoch: int, _values: Mapping[str, float]) -> None: ...


def test_more_trials_are_another_sweep_of_the_same_study(toy: Any) -> None:
    first, more = made(toy), made(toy, trials=9)
    assert first.study == more.study
    assert toy.plan(toy.swept())["sweep"].fingerprint != toy.plan(toy.swept(trials=9))["sweep"].fingerprint
    assert first.study != made(toy, {"train.score": "interval(0.4, 0.9)"}).study
    assert first.study != made(toy, prune_below=0.1).study


def test_a_space_is_the_same_however_it_is_written(toy: Any) -> None:
    one = made(toy, {"train.model": "choice(small, large)", "train.score": "interval(0, 1)"})
    other = made(toy, {"train.score": "float(interval(0, 1))", "train.model": ["small", "large"]})
    assert one.study == other.study


def test_a_trial_goes_to_another_process_and_finds_what_is_done(toy: Any) -> None:
    one = pickle.loads(pickle.dumps(made(toy)))
    settings = {"train.score": 0.75, "train.model.width": 2}
    first, again = one(0, settings, silent), one(1, settings, silent)
    assert first.values["acc"] == again.values["acc"] == 0.75
    assert first.steps == {"train": "ran"}
    assert again.steps == {"train": "cached"}
    assert first.fingerprint == again.fingerprint


def test_numbers_of_a_second_trial_are_its_own(toy: Any) -> None:
    one = made(toy)
    values = [one(i, {"train.score": score}, silent).values["acc"] for i, score in enumerate((0.5, 0.6, 0.7))]
    assert values == [0.5, 0.6, 0.7]


def test_epochs_are_reported_and_may_prune(toy: Any) -> None:
    one, seen = made(toy), []

    def report(epoch: int, values: Mapping[str, float]) -> None:
        seen.append((epoch, values["acc"]))
        if epoch == 1:
            raise Pruned("enough")

    with pytest.raises(Pruned):
        one(0, {"train.score": 0.8}, report)
    assert seen == [(0, 0.4), (1, 0.8)]
    assert not list(toy.store.home.glob("work/*"))  # nobody goes on with it


def test_a_step_that_was_done_before_reports_its_epochs_again(toy: Any) -> None:
    approaches = [
        {"name": name, "reason": "r", "train": {"model": {"width": i + 1}}} for i, name in enumerate("ab")
    ]
    changes = {"framing.approaches": approaches, "framing.policy": "side_by_side"}
    for settings, numbers in (
        (changes, [0, 1, 2, 3]),
        ({}, [0, 1]),
    ):  # an approach goes on counting after another
        toy.run(settings)
        one = made(toy, {"train.score": "interval(0.4, 1)"}, changes=settings)
        curves = []
        for _ in range(2):
            seen: list[tuple[int, float]] = []
            measured = one(
                0, {"train.score": 0.8}, lambda *told, seen=seen: seen.append((told[0], told[1]["acc"]))
            )
            curves.append(seen)
        assert set(measured.steps.values()) == {"cached"}
        assert curves[0] == curves[1]
        assert [epoch for epoch, _ in curves[1]] == numbers


def test_a_step_that_was_done_before_may_be_pruned(toy: Any) -> None:
    def report(epoch: int, _values: Mapping[str, float]) -> None:
        if epoch == 1:
            raise Pruned("enough")

    one = made(toy)
    one(0, {"train.score": 0.8}, silent)
    with pytest.raises(Pruned):
        one(1, {"train.score": 0.8}, report)


def test_a_failed_trial_says_why_and_keeps_its_traceback(toy: Any) -> None:
    one = made(toy, {"train.score": "interval(0.4, 1)", "train.fail": "choice('', boom)"})
    with pytest.raises(StepError, match="boom"):
        one(3, {"train.fail": "boom"}, silent)
    assert "ValueError: boom" in (one.folder / "errors" / "3.txt").read_text()
    assert one(4, {"train.fail": ""}, silent).values["acc"] == 0.5
