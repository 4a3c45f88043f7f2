"""A sweep in a plan: where it stands, what its trials do again, and that the winner is not trained twice."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StepError
from stagewright.loading import load
from stagewright.plan import Planner
from stagewright.recipe import find
from stagewright.registry import Registry
from stagewright.retrain import retraining
from stagewright.run import Runner
from stagewright.stages.sweep import Pruned
from stagewright.trial import RecipeTrial, trial
from stagewright.walk import Walk

SCORES = {"train.score": "interval(0.4, 1)", "train.model.width": "range(1, 5)"}


def swept(params: Mapping[str, Any] = SCORES, **settings: Any) -> dict[str, Any]:
    return {"sweep": {"type": "toy", "params": dict(params), "trials": 5, **settings}}


def found(toy: Any, outcome: Any) -> dict[str, Any]:
    step = next(step for step in outcome.record["steps"] if step["step"] == "sweep")
    return step["output"]  # type: ignore[no-any-return]


def made(toy: Any, params: Mapping[str, Any] = SCORES, **settings: Any) -> RecipeTrial:
    """The trial of a recipe whose steps before the sweep are finished."""
    toy.run()
    checked = toy.check(swept(params, **settings))
    planner = Planner(checked, Registry(toy.path), toy.store)
    walk = Walk(planner, lambda _s, fingerprint, _p: toy.store.get(fingerprint)[0])
    for step in planner.order[: planner.order.index("sweep")]:
        walk.turn(step)
    return trial(checked, toy.store, planner.sweep_parts(walk.prints))


def silent(_epoch: int, _values: Mapping[str, float]) -> None: ...


def test_the_sweep_stands_before_the_first_step_it_changes(toy: Any) -> None:
    order = list(toy.plan(swept()))
    assert order.index("sweep") == order.index("train") - 1
    early = list(toy.plan(swept({"data.size": "range(1, 9)"})))
    assert early.index("sweep") == early.index("data") - 1


def test_what_follows_the_sweep_is_planned_once_it_is_done(toy: Any) -> None:
    before = toy.plan(swept())
    assert before["train"].reason == "follows the settings that the sweep will find"
    assert before["baseline"].fingerprint
    assert not before["evaluate"].fingerprint
    toy.run(swept())
    assert {planned.status for planned in toy.plan(swept()).values()} == {"cached"}


def test_the_run_goes_on_with_the_best_settings_and_trains_no_more(toy: Any) -> None:
    outcome = toy.run(swept())
    best = found(toy, outcome)
    statuses = {step["step"]: step["status"] for step in outcome.record["steps"]}
    assert outcome.exit_code == 0
    assert statuses["sweep"] == "ran"
    assert statuses["train"] == "cached"
    assert (
        outcome.record["metrics"]["acc"]["value"] == best["settings"]["train.score"] == best["values"]["acc"]
    )
    assert outcome.record["sweep"]["settings"] == best["settings"]


def test_steps_before_the_sweep_run_once(toy: Any) -> None:
    toy.run(swept())
    made_of = [json.loads(path.read_text())["parts"] for path in toy.store.home.glob("cache/*/entry.json")]
    assert sum(parts["settings"].get("size") is not None for parts in made_of) == 1  # data
    assert (
        sum(parts["settings"].get("score") is not None and "data" in parts["inputs"] for parts in made_of)
        >= 5
    )


def test_a_swept_data_setting_repeats_data_and_training(toy: Any) -> None:
    outcome = toy.run(swept({"data.size": "choice(2, 3, 4)"}))
    steps = {step["step"]: step for step in outcome.record["steps"]}
    assert list(steps).index("sweep") < list(steps).index("data")
    assert steps["data"]["status"] == steps["train"]["status"] == "cached"


def test_more_trials_are_another_sweep_of_the_same_study(toy: Any) -> None:
    first, more = made(toy), made(toy, trials=9)
    assert first.study == more.study
    assert toy.plan(swept())["sweep"].fingerprint != toy.plan(swept(trials=9))["sweep"].fingerprint
    assert first.study != made(toy, {"train.score": "interval(0.4, 0.9)"}).study
    assert first.study != made(toy, prune_below=0.1).study


def test_a_space_is_the_same_however_it_is_written(toy: Any) -> None:
    one = made(toy, {"train.model": "choice(small, large)", "train.score": "interval(0, 1)"})
    other = made(toy, {"train.score": "float(interval(0, 1))", "train.model": ["small", "large"]})
    assert one.study == other.study


def test_upstream_changes_are_another_study(toy: Any) -> None:
    before = toy.plan(swept())["sweep"].fingerprint
    assert toy.plan(swept() | {"data.size": 9})["sweep"].fingerprint != before
    assert toy.plan(swept() | {"seed": 9})["sweep"].fingerprint != before
    assert toy.plan(swept() | {"evaluate.note": "x"})["sweep"].fingerprint == before


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


def test_a_failed_trial_says_why_and_keeps_its_traceback(toy: Any) -> None:
    one = made(toy, {"train.score": "interval(0.4, 1)", "train.fail": "choice('', boom)"})
    with pytest.raises(StepError, match="boom"):
        one(3, {"train.fail": "boom"}, silent)
    assert "ValueError: boom" in (one.folder / "errors" / "3.txt").read_text()
    assert one(4, {"train.fail": ""}, silent).values["acc"] == 0.5


def test_measured_after_compression(toy: Any) -> None:
    changes = toy.live(swept({"compress.loss": "interval(0, 0.05)"}, measure="compress"))
    outcome = toy.run(changes)
    best = found(toy, outcome)
    assert outcome.exit_code == 0
    assert best["values"]["acc"] == pytest.approx(0.5 - best["settings"]["compress.loss"])
    assert best["values"]["size_mb"] > 0
    steps = {step["step"]: step["status"] for step in outcome.record["steps"]}
    assert list(steps).index("sweep") > list(steps).index("evaluate")
    assert steps["compress"] == "cached"


def test_approaches_are_tried_in_a_trial_as_in_a_run(toy: Any) -> None:
    approaches = [
        {"name": "low", "reason": "cheap", "train": {"score": 0.3}},
        {"name": "high", "reason": "better", "train": {"model": {"type": "large"}}},
    ]
    changes = swept({"train.score": "interval(0.5, 1)"}) | {"framing.approaches": approaches}
    outcome = toy.run(changes)
    steps = {step["step"]: step["status"] for step in outcome.record["steps"]}
    assert steps == steps | {"train/low": "cached", "train/high": "cached", "sweep": "ran"}
    assert outcome.record["metrics"]["acc"]["value"] == found(toy, outcome)["settings"]["train.score"]


def test_conditional_settings_reach_only_the_plugin_they_are_for(toy: Any) -> None:
    params = {
        "train.model": "choice(small, large)",
        "train.model.width": {"of": "range(1, 9)", "when": "train.model == small"},
        "train.model.depth": {"of": "range(1, 9)", "when": "train.model == large"},
    }
    outcome = toy.run(swept(params, trials=8))
    trials = [
        json.loads(line) for line in (Path(artifact(toy, outcome)) / "trials.jsonl").read_text().splitlines()
    ]
    assert all(line["state"] == "complete" for line in trials)
    assert {len(line["settings"]) for line in trials} == {2}


def artifact(toy: Any, outcome: Any) -> Path:
    step = next(step for step in outcome.record["steps"] if step["step"] == "sweep")
    return toy.store.artifact(step["artifact"])


def studies(toy: Any) -> set[str]:
    """Studies that finished runs of the project worked on."""
    records = (json.loads(path.read_text()) for path in toy.store.home.glob("runs/*/record.json"))
    return {record["sweep"]["study"] for record in records if record["sweep"]}


def test_both_doors_lead_to_the_same_study(toy: Any) -> None:
    said = swept({"train.model.width": "range(1, 5)", "train.score": "interval(0.4, 1)"})
    toy.written(said | {"name": "same"}, "section")
    toy.written({"name": "same", "sweep": {"type": "toy", "params": {}, "trials": 5}}, "open")
    one = toy.cli("run", "section")
    assert one.returncode == 0, one.stdout + one.stderr
    words = ("train.score=interval(0.4,1)", "train.model.width=range(1,5)")
    other = toy.cli("run", "open", "-m", *words)
    assert other.returncode == 0, other.stdout + other.stderr
    assert "✓ sweep  cached" in other.stdout  # not a trial more
    assert len(studies(toy)) == 1


def test_the_command_line_wins_and_the_rest_is_fixed(toy: Any) -> None:
    params = {
        "train.model": "choice(small, large)",
        "train.model.width": {"of": "range(1, 9)", "when": "train.model == small"},
    }
    toy.written(swept(params))
    said = toy.cli("run", "toy", "-m", "train.model.width=99,100", "train.score=0.9")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "width=99" in said.stdout or "width=100" in said.stdout
    assert "model=large  acc 0.9" in said.stdout  # the section's condition still holds
    assert said.stdout.count("▸ sweep") == 1


def test_choices_alone_stay_one_run_per_combination(toy: Any) -> None:
    toy.written()
    plain = toy.cli("run", "toy", "-m", "train.score=0.5,0.6")
    assert plain.returncode == 0, plain.stdout + plain.stderr
    assert plain.stdout.count("── train.score=") == 2
    wrong = toy.cli("run", "toy", "-m", "train.scores=interval(0.5,0.6)", "sweep.type=toy")
    assert wrong.returncode == 2
    assert "sweep.params.train.scores: " in wrong.stderr
    assert "did you mean 'score'?" in wrong.stderr


def test_hydras_sweeper_option_asks_for_the_search(toy: Any) -> None:
    toy.written()
    said = toy.cli("run", "toy", "-m", "hydra/sweeper=stagewright", "train.score=0.5,0.6", "sweep.type=toy")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "▸ sweep" in said.stdout


def grouped(toy: Any) -> Path:
    """A recipe, to monitoring, whose sweep chooses from a config group."""
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")
    path: Path = toy.written(toy.live(swept({"train/model": "wide, deep"}, trials=2) | {"train": ...}))
    path.write_text("defaults:\n- train/model: wide\n- _self_\ntrain: {type: toy}\n" + path.read_text())
    return path


def test_a_retraining_with_other_data_searches_groups_too(toy: Any) -> None:
    loaded = load(find(str(grouped(toy)), str(toy.path)))
    ended = retraining(loaded.checked, loaded.registry, loaded.store, {"data.size": 8}, {}, lambda _: None)
    steps = {step["step"]: step for step in ended.record["steps"]}
    assert ended.exit_code == 0, ended.record["message"]
    assert steps["sweep"]["status"] == "ran"
    assert list(steps)[-1] == "deploy"
    assert steps["data"]["output"]["counts"] == {"train": 8}


def test_a_retraining_within_a_run_keeps_what_the_sweep_found(toy: Any) -> None:
    loaded = load(find(str(grouped(toy)), str(toy.path)))
    runner = Runner(loaded.checked, loaded.registry, loaded.store, say=lambda _: None)
    assert runner.run().exit_code == 0
    found = runner._retrain({"data.size": 8}, "drift")
    assert found.package is not None
    steps = [step["step"] for step in json.loads(newest(toy).read_text())["steps"]]
    assert "sweep" not in steps


def newest(toy: Any) -> Path:
    return max(toy.store.home.glob("runs/*/record.json"))
