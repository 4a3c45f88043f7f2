"""A sweep in a plan: where it stands, what its trials do again, and that the winner is not trained twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewright.check.loading import load
from stagewright.recipe.recipe import find
from stagewright.run.retrain import retraining
from stagewright.run.run import Runner


def found(toy: Any, outcome: Any) -> dict[str, Any]:
    step = next(step for step in outcome.record["steps"] if step["step"] == "sweep")
    return step["output"]  # type: ignore[no-any-return]


def test_the_sweep_stands_before_the_first_step_it_changes(toy: Any) -> None:
    order = list(toy.plan(toy.swept()))
    assert order.index("sweep") == order.index("train") - 1
    early = list(toy.plan(toy.swept({"data.size": "range(1, 9)"})))
    assert early.index("sweep") == early.index("data") - 1


def test_what_follows_the_sweep_is_planned_once_it_is_done(toy: Any) -> None:
    before = toy.plan(toy.swept())
    assert before["train"].reason == "follows the settings that the sweep will find"
    assert before["baseline"].fingerprint
    assert not before["evaluate"].fingerprint
    toy.run(toy.swept())
    assert {planned.status for planned in toy.plan(toy.swept()).values()} == {"cached"}


def test_the_run_goes_on_with_the_best_settings_and_trains_no_more(toy: Any) -> None:
    outcome = toy.run(toy.swept())
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
    toy.run(toy.swept())
    made_of = [json.loads(path.read_text())["parts"] for path in toy.store.home.glob("cache/*/entry.json")]
    assert sum(parts["settings"].get("size") is not None for parts in made_of) == 1  # data
    assert (
        sum(parts["settings"].get("score") is not None and "data" in parts["inputs"] for parts in made_of)
        >= 5
    )


def test_a_search_that_cannot_begin_says_so_before_any_data(toy: Any) -> None:
    toy.plugin(
        "sweep/early.py",
        """
        '''A search that asks another machine first.'''
        from stagewright.errors import StagewrightError
        from stagewright.stages import sweep
        from stagewright.stages.sweep import Best, Inputs, Measure, Params

        def ready(settings, project, home):
            if not (project / "there").exists():
                raise StagewrightError(f"nothing answers for {sorted(settings['params'])}")

        @sweep.stage(ready=ready)
        def early(inputs: Inputs, /, *, params: Params, measure: Measure = "train") -> Best:
            return Best(inputs.context.workdir, {"train.score": 0.6}, {}, 1)
        """,
    )
    changes = {"sweep": {"type": "early", "params": {"train.score": "interval(0.4, 1)"}}}
    failed = toy.run(changes)
    assert (failed.exit_code, failed.record["message"]) == (1, "nothing answers for ['train.score']")
    assert failed.record["steps"] == []
    (toy.path / "there").touch()
    assert toy.run(changes).exit_code == 0
    (toy.path / "there").unlink()
    assert toy.run(changes).exit_code == 0  # what was found is there: nobody need be asked


def test_a_swept_data_setting_repeats_data_and_training(toy: Any) -> None:
    outcome = toy.run(toy.swept({"data.size": "choice(2, 3, 4)"}))
    steps = {step["step"]: step for step in outcome.record["steps"]}
    assert list(steps).index("sweep") < list(steps).index("data")
    assert steps["data"]["status"] == steps["train"]["status"] == "cached"


def test_upstream_changes_are_another_study(toy: Any) -> None:
    before = toy.plan(toy.swept())["sweep"].fingerprint
    assert toy.plan(toy.swept() | {"data.size": 9})["sweep"].fingerprint != before
    assert toy.plan(toy.swept() | {"seed": 9})["sweep"].fingerprint != before
    assert toy.plan(toy.swept() | {"evaluate.note": "x"})["sweep"].fingerprint == before


def test_measured_after_compression(toy: Any) -> None:
    changes = toy.live(toy.swept({"compress.loss": "interval(0, 0.05)"}, measure="compress"))
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
    changes = toy.swept({"train.score": "interval(0.5, 1)"}) | {"framing.approaches": approaches}
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
    outcome = toy.run(toy.swept(params, trials=8))
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
    said = toy.swept({"train.model.width": "range(1, 5)", "train.score": "interval(0.4, 1)"})
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
    toy.written(toy.swept(params))
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
    path: Path = toy.written(toy.live(toy.swept({"train/model": "wide, deep"}, trials=2) | {"train": ...}))
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
