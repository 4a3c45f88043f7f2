from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from searching import CONDITIONAL, Sweep, Toy, ended_exactly, quality
from stagewright.errors import BudgetExceeded, StagewrightError
from stagewright.stages.sweep import Choice, Interval, Measured, Parameter, Report
from stagewright_plugins.sweeping.presence import host

GP = pytest.param("gp", marks=pytest.mark.slow)  # imports PyTorch


def test_the_best_of_as_many_trials_as_wanted(sweep: Sweep) -> None:
    best = sweep(trials=30)
    scores = [row["values"]["score"] for row in sweep.rows]
    assert best.trials == len(sweep.calls) == len(scores) == 30
    assert best.values["score"] == max(scores) == quality(best.settings)
    assert best.values["score"] > 0.8
    assert best.top[0].settings == best.settings
    assert [one.values["score"] for one in best.top] == sorted(scores, reverse=True)[:5]
    assert best.top[0].fingerprint == f"f{best.top[0].number}"
    assert (best.pruned, best.failed) == (0, 0)
    events = [event for event in sweep.heard.events if event["event"] == "trial"]
    assert [event["number"] for event in events] == list(range(30))
    assert events[-1]["best"] == max(scores)
    assert events[-1]["finished"] == events[-1]["wanted"] == 30


def test_choices_come_back_as_the_recipe_has_them(sweep: Sweep) -> None:
    sweep(trials=12, sampler="random")
    models = [call["settings"]["train.model"] for call in sweep.calls]
    assert "unet" in models
    assert {"type": "deeplab", "depth": 2} in models
    assert all(isinstance(call["settings"]["train.width"], int) for call in sweep.calls)


def test_the_same_command_again_does_nothing_and_says_the_same(sweep: Sweep) -> None:
    first = sweep(trials=6)
    again = sweep(trials=6)
    assert (again.settings, again.top) == (first.settings, first.top)
    assert len(sweep.calls) == 6


def test_more_trials_go_on_with_the_same_study(sweep: Sweep, tmp_path) -> None:
    sweep(trials=4)
    sweep(trials=9)
    whole = Sweep(tmp_path / "whole")
    whole(trials=9)
    assert [call["settings"] for call in sweep.calls] == [call["settings"] for call in whole.calls]


def test_a_key_is_left_out_where_its_condition_does_not_hold(sweep: Sweep) -> None:
    best = sweep(Toy(sweep.folder, CONDITIONAL), trials=25)
    seen = [call["settings"] for call in sweep.calls]
    assert {tuple(sorted(one)) for one in seen} == {
        ("train.model",),
        ("train.depth", "train.model"),
        ("train.depth", "train.dropout", "train.model"),
    }
    assert all(("train.depth" in one) == (one["train.model"] == "deep") for one in seen)
    assert best.settings["train.model"] == "deep"


def test_several_objectives_leave_a_front(sweep: Sweep) -> None:
    aims = ["score", {"metric": "train_seconds"}]
    best = sweep(trials=25, objectives=aims, sampler={"type": "nsga2", "population": 6})
    front = [(one.values["score"], one.values["train_seconds"]) for one in best.front]
    rows = [(row["values"]["score"], row["values"]["train_seconds"]) for row in sweep.rows]
    assert len(front) > 1
    for one in front:
        assert not any(a >= one[0] and b <= one[1] and (a, b) != one for a, b in rows)
    assert best.settings == best.front[0].settings
    assert front == sorted(front, reverse=True)
    assert sweep.block("Pareto front")["rows"][0][0] == best.front[0].number


def test_a_trial_outside_the_constraints_is_never_the_best(sweep: Sweep) -> None:
    best = sweep(trials=20, measure="compress", constraints=["size_mb <= 0.7 and latency_ms < 2"])
    assert best.values["size_mb"] <= 0.7
    assert max(row["values"]["score"] for row in sweep.rows) > best.values["score"]
    assert all(one.values["size_mb"] <= 0.7 for one in best.top)
    assert any(not row["feasible"] for row in sweep.rows)
    assert sweep.block("Search")["facts"]["outside a constraint"] > 0


def test_with_none_inside_the_nearest_is_named(sweep: Sweep) -> None:
    with pytest.raises(
        StagewrightError, match=r"no trial keeps.*nearest, trial \d+, misses size_mb <= 0.1 by"
    ):
        sweep(trials=5, measure="compress", constraints=["size_mb <= 0.1"])


def test_failed_trials_are_replaced_and_said(sweep: Sweep) -> None:
    best = sweep(Toy(sweep.folder, failing=(1, 3)), trials=10)
    assert (best.trials, best.failed, len(sweep.calls)) == (10, 2, 12)
    assert sweep.block("Failed trials")["rows"][0][:2] == (1, "trial 1 was told to fail")
    assert next(row["reason"] for row in sweep.rows if row["state"] == "failed") == "trial 1 was told to fail"


def test_too_many_failures_end_the_sweep_and_another_command_gets_another_chance(sweep: Sweep) -> None:
    broken = Toy(sweep.folder, failing=tuple(range(2, 40)))
    with pytest.raises(StagewrightError, match=r"3 of 10 trials failed.*trial 4: trial 4 was told to fail"):
        sweep(broken, trials=10)
    assert len(sweep.calls) == 5
    best = sweep(trials=10)
    assert (best.trials, best.failed) == (10, 3)


@pytest.mark.parametrize("pruner", ["median", "percentile", "hyperband", "successive_halving", "wilcoxon"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_pruned_trials_count_as_finished(sweep: Sweep, sampler: str, pruner: str) -> None:
    best = sweep(Toy(sweep.folder, epochs=9), trials=25, sampler=sampler, pruner=pruner)
    assert best.trials == len(sweep.calls) == 25
    assert 0 < best.pruned < 25
    assert best.top[0].values["score"] == max(row["values"].get("score", 0) for row in sweep.rows)
    assert sweep.block("Pruning")["series"]


@pytest.mark.parametrize("pruner", ["none", "median"])
@pytest.mark.parametrize("sampler", ["tpe", "cmaes", GP, "nsga2", "qmc", "random"])
def test_every_sampler_with_constraints_and_pruning(sweep: Sweep, sampler: str, pruner: str) -> None:
    best = sweep(
        Toy(sweep.folder, epochs=4), trials=14, sampler=sampler, pruner=pruner, constraints=["loss < 0"]
    )
    assert best.trials == len(sweep.calls) == 14
    assert (best.pruned > 0) == (pruner == "median")


@pytest.mark.parametrize("sampler", ["tpe", GP, "nsga2", "qmc", "random"])
def test_every_sampler_of_several_objectives(sweep: Sweep, sampler: str) -> None:
    assert sweep(trials=13, objectives=["score", "train_seconds"], sampler=sampler).trials == 13


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", GP, "nsga2", "qmc", "random", "grid"])
def test_every_sampler_on_conditional_keys(sweep: Sweep, sampler: str) -> None:
    best = sweep(Toy(sweep.folder, CONDITIONAL), trials=13, sampler=sampler)
    tried = {json.dumps(call["settings"], sort_keys=True) for call in sweep.calls}
    assert best.trials == len(sweep.calls) == len(tried) == 6
    assert sweep.block("Search")["facts"]["ended because"] == "all 6 combinations were tried"


def test_a_plateau_ends_the_sweep(sweep: Sweep) -> None:
    best = sweep(trials=100, sampler="random", stop=[{"type": "plateau", "trials": 6}])
    scores = [row["values"]["score"] for row in sweep.rows]
    assert best.trials < 100
    assert scores.index(max(scores)) == best.trials - 7
    assert "no gain in 6 trials" in sweep.block("Search")["facts"]["ended because"]


def test_a_budget_of_epochs_counts_those_of_pruned_trials(sweep: Sweep) -> None:
    stop = [{"type": "epochs", "total": 40}]
    pruner = {"type": "median", "startup_trials": 1}
    best = sweep(Toy(sweep.folder, epochs=8), trials=100, sampler="random", pruner=pruner, stop=stop)
    trained = sum(len(trial.intermediate_values) for trial in sweep.trials())
    assert best.pruned > 0
    assert 40 <= trained < 48
    assert sweep.block("Search")["facts"]["ended because"] == "the budget of 40 epochs is used up"


@pytest.mark.parametrize("objectives", [["score", "loss"], [{"metric": "train_seconds"}]])
def test_epochs_count_where_pruners_see_no_curve(sweep: Sweep, objectives: list[Any]) -> None:
    stop = [{"type": "epochs", "total": 40}]
    best = sweep(Toy(sweep.folder, epochs=8, failing=(1,)), trials=100, objectives=objectives, stop=stop)
    assert best.trials == 5
    assert [row["epochs"] for row in sweep.rows] == [8, 0, 8, 8, 8, 8]


def test_a_search_may_have_a_seed_of_its_own(tmp_path: Path) -> None:
    def drawn(folder: str, **settings: int) -> list[dict[str, Any]]:
        sweep = Sweep(tmp_path / folder, seed=3)
        sweep(trials=4, sampler="random", **settings)
        return [call["settings"] for call in sweep.calls]

    of_the_recipe = drawn("recipe's")
    assert drawn("same", seed=3) == of_the_recipe != drawn("another", seed=4)


def test_a_budget_ends_the_sweep(sweep: Sweep) -> None:
    toy = Toy(sweep.folder, seconds=0.05)
    best = sweep(toy, trials=500, sampler="random", stop=[{"type": "budget", "minutes": 0.01}])
    assert 3 <= best.trials <= 12
    assert (
        sweep(toy, trials=500, stop=[{"type": "budget", "minutes": 0.01}], sampler="random").trials
        == best.trials
    )


def test_a_warm_start_learns_and_does_not_count(sweep: Sweep) -> None:
    sweep(trials=15)
    toy = Toy(sweep.folder.parent / "second", study="second")
    toy.folder.mkdir()
    second = Sweep(sweep.tmp)
    best = second(toy, trials=4, warm_start=["toy"])
    assert best.trials == 4
    assert second.block("Search")["facts"]["trials of earlier studies that fit"] == 15
    second(toy, trials=4, warm_start=[str(sweep.folder)])
    assert second.block("Search")["facts"]["trials of earlier studies that fit"] == 15
    with pytest.raises(StagewrightError, match="no study 'nowhere'"):
        second(toy, trials=4, warm_start=["nowhere"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"objectives": ["scor"]}, "no trial measures 'scor', did you mean 'score'"),
        ({"objectives": ["score", "score"]}, "listed twice"),
        ({"objectives": ["size_mb"]}, "no trial measures 'size_mb'"),
        ({"objectives": ["score", "loss"], "sampler": "cmaes"}, "cmaes searches for one objective"),
        ({"objectives": ["score", "loss"], "pruner": "median"}, "pruned by one objective"),
        ({"constraints": ["loss == 1"]}, "must compare by"),
        ({"constraints": ["los < 1"]}, "no trial measures 'los'"),
        ({"storage": "file.db"}, "is not journal, sqlite"),
        ({"storage": "grpc://here"}, "must be grpc://host:port"),
        ({"sampler": "grid"}, "how many values of 'train.lr' to try"),
        ({"launcher": "inline", "workers": 2}, "inline runs one worker"),
    ],
)
def test_what_does_not_fit_is_said_at_once(sweep: Sweep, settings: dict, message: str) -> None:
    with pytest.raises(StagewrightError, match=message):
        sweep(trials=3, **settings)
    assert not sweep.calls


def test_the_report_tells_what_mattered(sweep: Sweep) -> None:
    sweep(trials=30, sampler="random")
    weights = sweep.block("What mattered")["bars"]
    assert sum(weights.values()) == pytest.approx(1)
    assert max(weights, key=weights.get) == "train.width"
    history = sweep.block("History")["series"]
    assert history[0]["y"] == sorted(history[0]["y"])
    assert sweep.block("Best trials")["rows"][0][1] == max(history[1]["y"])


def test_a_trial_lost_before_it_drew_anything_draws_what_it_would_have(sweep: Sweep, tmp_path) -> None:
    """A worker may die between asking and drawing: the same settings must not come twice."""
    import optuna

    from stagewright_plugins.sweeping.storage import opened

    whole = Sweep(tmp_path / "whole")
    whole(trials=6, sampler="random")
    sweep(trials=3, sampler="random")
    study = optuna.load_study(study_name="toy", storage=opened("journal", sweep.folder))
    lost = study.ask()
    lost.set_user_attr("owner", {"host": host(), "name": "dead", "folder": str(sweep.folder)})
    sweep(trials=6, sampler="random")
    drawn = [json.dumps(call["settings"]) for call in sweep.calls]
    assert sorted(drawn) == sorted(json.dumps(call["settings"]) for call in whole.calls)
    assert not ended_exactly(sweep.trials(), 6)


def test_the_report_says_the_outcome_in_a_sentence(sweep: Sweep) -> None:
    sweep(trials=9, sampler="random")
    said = sweep.block("Found")["text"]
    assert "the best of 9 trials that ran to their end; half of them reached" in said
    assert said.startswith("score 0.")


def test_an_earlier_study_of_which_nothing_fits_is_told(sweep: Sweep, tmp_path) -> None:
    sweep(trials=3)
    other = Sweep(tmp_path / "other")
    other(Toy(other.folder, CONDITIONAL, study="other"), trials=2, warm_start=[str(sweep.folder)])
    assert other.block("Search")["facts"]["trials of earlier studies that fit"] == 0


def test_the_end_is_told_with_its_reason_and_the_count_goes_up_to_it(sweep: Sweep) -> None:
    toy = Toy(sweep.folder, (Parameter("train.width", Interval(8, 11, whole=True)),))
    sweep(toy, trials=50, sampler="grid")
    told = [event for event in sweep.heard.events if event["event"] == "trial"]
    assert [event["finished"] for event in told] == [1, 2, 3, 4]
    assert {event["wanted"] for event in told} == {4}
    (end,) = [event for event in sweep.heard.events if event["event"] == "search_ended"]
    assert (end["reason"], end["trials"]) == ("all 4 combinations were tried", 4)


@pytest.mark.parametrize("sampler", ["tpe", "grid", "random"])
def test_once_it_is_mended_what_failed_is_tried_again(sweep: Sweep, sampler: str) -> None:
    space = (Parameter("train.width", Interval(8, 11, whole=True)),)
    with pytest.raises(StagewrightError, match="none of 0 trials ran to its end"):
        sweep(Toy(sweep.folder, space, failing=(0, 1, 2, 3)), trials=50, sampler=sampler)
    best = sweep(Toy(sweep.folder, space, failing=(5,)), trials=50, sampler=sampler)
    again = [call["settings"]["train.width"] for call in sweep.calls][4:]
    assert sorted(again) == [8, 9, 10, 11]
    assert (best.trials, best.failed) == (3, 5)
    assert sweep.block("Search")["facts"]["ended because"] == "all 4 combinations were tried"


WIDTHS = (Parameter("train.width", Interval(8, 11, whole=True)),)


@dataclass
class Ending(Toy):
    """A toy of which one trial ends the whole sweep, as a full disk does."""

    at: int = -1

    def __call__(self, number: int, settings: Mapping[str, Any], report: Report, /) -> Measured:
        if number == self.at:
            raise BudgetExceeded("no time is left")
        return super().__call__(number, settings, report)


@pytest.mark.parametrize("sampler", ["tpe", "grid"])
def test_what_failed_stays_failed_once_the_search_has_ended(sweep: Sweep, sampler: str) -> None:
    best = sweep(Toy(sweep.folder, WIDTHS, failing=(1,)), trials=50, sampler=sampler)
    for trials in (50, 60):
        again = sweep(Toy(sweep.folder, WIDTHS), trials=trials, sampler=sampler)
        assert (again.trials, again.failed, again.settings) == (3, 1, best.settings)
    assert len(sweep.calls) == 4


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_what_failed_before_the_search_was_interrupted_is_tried_once_more(sweep: Sweep, sampler: str) -> None:
    with pytest.raises(BudgetExceeded):
        sweep(Ending(sweep.folder, WIDTHS, failing=(1,), at=3), trials=50, sampler=sampler)
    best = sweep(Toy(sweep.folder, WIDTHS, failing=(4,)), trials=50, sampler=sampler)
    *_, fourth, again = (call["settings"] for call in sweep.calls)
    assert again == sweep.calls[1]["settings"] != fourth
    assert (len(sweep.calls), best.trials, best.failed) == (5, 3, 2)
    sweep(Toy(sweep.folder, WIDTHS), trials=50, sampler=sampler)
    assert len(sweep.calls) == 5


OWN = {"train.lr": 0.02, "train.width": 7, "train.model": "unet"}


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", GP, "nsga2", "random"])
def test_the_recipes_own_settings_are_tried_first_and_once(sweep: Sweep, tmp_path, sampler: str) -> None:
    toy = Toy(sweep.folder, own=OWN)
    sweep(toy, trials=3, sampler=sampler)
    best = sweep(toy, trials=6, sampler=sampler)
    tried = [call["settings"] for call in sweep.calls]
    assert tried[0] == OWN
    assert tried.count(OWN) == 1
    assert best.trials == len(tried) == 6
    assert "own settings" in sweep.block("Found")["text"]
    drawn = Sweep(tmp_path / "drawn")
    drawn(Toy(drawn.folder, own=OWN), trials=6, sampler=sampler, recipe_first=False)
    others = [call["settings"] for call in drawn.calls]
    assert OWN not in others
    if sampler == "random":  # the same draws but for the first: searches can be compared
        assert others[1:] == tried[1:]


@pytest.mark.parametrize("sampler", ["grid", "qmc"])
def test_nothing_is_tried_before_fixed_points(sweep: Sweep, sampler: str) -> None:
    space = (Parameter("train.width", Interval(4, 16, whole=True)),)
    sweep(Toy(sweep.folder, space, own={"train.width": 9}), trials=4, sampler=sampler)
    assert sweep.calls[0]["settings"] != {"train.width": 9}


def test_own_settings_outside_the_space_are_drawn_and_told(sweep: Sweep) -> None:
    sweep(Toy(sweep.folder, own=OWN | {"train.width": 99}), trials=2)
    (note,) = [event["message"] for event in sweep.heard.events if event["event"] == "search_note"]
    assert note.startswith("the first trial draws what the recipe does not say: its train.width, 99, is not ")
    first, second = (call["settings"] for call in sweep.calls)
    assert {key: first[key] for key in ("train.lr", "train.model")} == {
        "train.lr": 0.02,
        "train.model": "unet",
    }
    assert 4 <= first["train.width"] <= 16
    assert second["train.lr"] != 0.02


def test_where_the_recipe_has_nothing_inside_the_space_all_is_drawn(sweep: Sweep) -> None:
    sweep(Toy(sweep.folder, own={}), trials=2)
    (note,) = [event["message"] for event in sweep.heard.events if event["event"] == "search_note"]
    assert note.startswith("the recipe's own settings are no trial: it has no train.lr; it has no ")
    assert len(sweep.calls) == 2


def test_own_settings_lost_with_a_worker_are_still_tried_once(sweep: Sweep) -> None:
    import optuna

    from stagewright_plugins.sweeping.storage import opened

    toy = Toy(sweep.folder, own=OWN)
    study = optuna.create_study(
        study_name="toy", storage=opened("journal", sweep.folder), direction="maximize"
    )
    lost = study.ask()
    lost.set_user_attr("owner", {"host": host(), "name": "dead", "folder": str(sweep.folder)})
    sweep(toy, trials=4)
    assert [call["settings"] for call in sweep.calls].count(OWN) == 1
    assert not ended_exactly(sweep.trials(), 4)


def test_one_worker_alone_notices_that_another_machine_is_gone(sweep: Sweep, monkeypatch) -> None:
    import optuna

    from stagewright_plugins.sweeping import presence
    from stagewright_plugins.sweeping.storage import opened

    study = optuna.create_study(
        study_name="toy", storage=opened("journal", sweep.folder), direction="maximize"
    )
    study.ask().set_user_attr("owner", {"host": "elsewhere/0", "name": "gone", "folder": "/nowhere"})
    monkeypatch.setattr(presence, "PATIENCE", 0.5)
    assert sweep(trials=1).trials == 1  # the last one, which the other machine had taken


def test_draws_of_a_small_space_are_the_same_after_a_break(sweep: Sweep, tmp_path) -> None:
    space = (
        Parameter("train.width", Interval(4, 16, whole=True)),
        Parameter("train.model", Choice(("unet", "x"))),
    )
    sweep(Toy(sweep.folder, space), trials=5)
    sweep(Toy(sweep.folder, space), trials=16)
    whole = Sweep(tmp_path / "whole")
    whole(Toy(whole.folder, space), trials=16)
    assert [call["settings"] for call in sweep.calls] == [call["settings"] for call in whole.calls]
    assert len({json.dumps(call["settings"]) for call in whole.calls}) == 16


def test_where_a_small_space_is_larger_than_the_search_draws_are_the_samplers_own(sweep: Sweep) -> None:
    """Nothing is drawn again that nobody has: what a sampler draws is not changed by looking."""
    space = (Parameter("train.width", Interval(1, 1900, whole=True)),)
    wide = (Parameter("train.width", Interval(1, 1900, whole=True)), Parameter("z", Interval(0.0, 1.0)))
    sweep(Toy(sweep.folder, space), trials=5, sampler="random")
    small = [call["settings"]["train.width"] for call in sweep.calls]
    other = Sweep(sweep.tmp / "other")
    other(Toy(other.folder, wide), trials=5, sampler="random")
    assert [call["settings"]["train.width"] for call in other.calls] == small
