"""The runner: cache, gates, approaches, budgets, reviews, failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stagewright import budget, record, review
from stagewright.errors import BudgetExceeded, StoreError
from stagewright.run import Outcome


def statuses(outcome: Outcome) -> dict[str, str]:
    return {step["step"]: step["status"] for step in outcome.record["steps"]}


def test_a_run_records_verdicts_metrics_and_steps(toy: Any) -> None:
    outcome = toy.run()
    assert outcome.exit_code == 0, outcome.record["message"]
    shown = record.load(outcome.folder)
    assert shown["status"] == "succeeded"
    assert shown["metrics"]["acc"] == {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
    assert shown["kpis"][0]["value"] == pytest.approx(5.0)
    assert shown["kpis"][0]["reached"] is False
    assert shown["kpis"][0]["no_ml"] == pytest.approx(9.0)
    assert [gate["passed"] for gate in shown["gates"]] == [True, True]
    assert shown["seed"] == 3
    assert shown["versions"]["python"]
    assert (outcome.folder / "report.html").is_file()


def test_an_unchanged_run_executes_nothing_and_gives_the_same_metrics(toy: Any) -> None:
    first, second = toy.run(), toy.run()
    assert set(statuses(first).values()) == {"ran"}
    assert set(statuses(second).values()) == {"cached"}
    assert first.record["metrics"] == second.record["metrics"]


def test_the_executed_set_is_the_planned_set(toy: Any) -> None:
    toy.run()
    changes = {"train.score": 0.6}
    planned = {name: step.status for name, step in toy.plan(changes).items()}
    done = statuses(toy.run(changes))
    assert {name for name, status in planned.items() if status == "run"} == {
        name for name, status in done.items() if status == "ran"
    }
    assert done == {name: {"run": "ran"}.get(status, status) for name, status in planned.items()}


def test_a_cached_step_tells_its_epochs_again(toy: Any) -> None:
    toy.run()
    events = list(record.events(toy.run().folder))
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [0, 1]
    assert all(event["replayed"] and event["step"] == "train" for event in epochs)


def test_ml_is_not_needed_when_the_baseline_reaches_the_target(toy: Any) -> None:
    outcome = toy.run({"objective.baseline.score": 0.95})
    assert outcome.exit_code == 4
    assert outcome.record["status"] == "not_needed"
    assert "ML is not needed" in outcome.record["message"]
    assert "train" not in statuses(outcome)


def test_a_model_behind_the_baseline_fails_the_gate_and_says_by_how_much(toy: Any) -> None:
    outcome = toy.run({"objective.baseline.score": 0.7, "framing.success": []})
    assert outcome.exit_code == 3
    assert "0.2 behind the no-ML baseline's 0.7" in outcome.record["message"]


def test_a_missed_criterion_fails_the_run_with_its_margin(toy: Any) -> None:
    outcome = toy.run({"framing.success": ["acc >= 0.75"]})
    assert outcome.exit_code == 3
    assert outcome.record["status"] == "gate_failed"
    assert "misses by 0.25" in outcome.record["message"]


APPROACHES = [
    {"name": "weak", "reason": "cheap", "train": {"score": 0.3}},
    {"name": "strong", "reason": "better", "train": {"score": 0.8, "model": {"type": "large"}}},
    {"name": "best", "reason": "dear", "train": {"score": 0.9}},
]


def test_approaches_in_order_stop_at_the_first_that_meets_the_criteria(toy: Any) -> None:
    outcome = toy.run({"framing.approaches": APPROACHES})
    table = {item["name"]: item["status"] for item in outcome.record["approaches"]}
    assert table == {"weak": "missed", "strong": "chosen", "best": "not tried"}
    assert outcome.record["metrics"]["acc"]["value"] == 0.8
    assert statuses(outcome)["train/best"] == "skipped"


def test_approaches_side_by_side_choose_the_best_on_validation(toy: Any) -> None:
    changes = {"framing.approaches": APPROACHES, "framing.policy": "side_by_side"}
    outcome = toy.run(changes)
    table = {item["name"]: item["status"] for item in outcome.record["approaches"]}
    assert table == {"weak": "missed", "strong": "met", "best": "chosen"}
    assert set(statuses(toy.run(changes)).values()) == {"cached"}


def test_no_approach_meets_the_criteria_the_best_one_is_judged(toy: Any) -> None:
    changes = {"framing.approaches": APPROACHES, "framing.success": ["acc > 0.95"]}
    planned = {name: step.status for name, step in toy.plan(changes).items()}
    assert planned["train/strong"] == "if needed"
    outcome = toy.run(changes)
    assert outcome.exit_code == 3
    assert [item["status"] for item in outcome.record["approaches"]] == ["missed", "missed", "chosen"]


def test_a_failing_approach_is_recorded_and_the_next_one_tried(toy: Any) -> None:
    broken = [{"name": "broken", "reason": "r", "train": {"fail": "no luck"}}, APPROACHES[1]]
    outcome = toy.run({"framing.approaches": broken})
    assert outcome.exit_code == 0
    assert [item["status"] for item in outcome.record["approaches"]] == ["failed", "chosen"]
    reasons = {step["step"]: step["reason"] for step in outcome.record["steps"] if step["status"] == "failed"}
    assert len(reasons) == 1
    assert "ValueError" in next(iter(reasons.values()))


def test_a_failing_step_keeps_what_was_finished_and_names_the_line(toy: Any) -> None:
    outcome = toy.run({"train.fail": "no luck"})
    assert outcome.exit_code == 1
    assert "train (toy) failed: ValueError: no luck" in outcome.record["message"]
    assert "train/toy.py:" in outcome.record["message"]
    assert "Traceback" in (outcome.folder / "errors" / "train.txt").read_text()
    again = statuses(toy.run())
    assert again["data"] == "cached"
    assert again["train"] == "ran"


def test_the_time_budget_ends_a_step_that_does_not_cooperate(toy: Any) -> None:
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": {"train_minutes": 0.005}})
    assert outcome.exit_code == 3
    assert outcome.record["status"] == "budget_exceeded"
    assert "minutes of wall time" in outcome.record["message"]
    assert outcome.record["seconds"] < 10


def test_the_wall_budget_holds_inside_a_step_with_its_own_limit(toy: Any) -> None:
    budget = {"train_minutes": 1, "wall_minutes": 0.01}
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": budget})
    assert outcome.record["status"] == "budget_exceeded"
    assert outcome.record["seconds"] < 10


def test_the_memory_budget_ends_the_run(toy: Any) -> None:
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": {"memory_gb": 0.001}})
    assert outcome.record["status"] == "budget_exceeded"
    assert "GB of memory" in outcome.record["message"]


REVIEWED = {"evaluate.review": {"required": True, "by": "domain expert"}}


def test_a_review_holds_the_run_until_a_named_person_accepts(toy: Any) -> None:
    waiting = toy.run(REVIEWED)
    assert waiting.exit_code == 5
    assert waiting.record["status"] == "review_pending"
    event = next(item for item in record.events(waiting.folder) if item["event"] == "review")
    verdict = {"accepted": True, "by": "Ada", "role": "domain expert", "reason": "looks right"}
    review.give(toy.store.home, event["fingerprint"], verdict)
    accepted = toy.run(REVIEWED)
    assert accepted.exit_code == 0
    assert accepted.record["gates"][-1]["message"] == "Ada (domain expert): looks right"
    assert set(statuses(accepted).values()) == {"cached"}


def test_a_rejection_fails_the_gate_with_the_reason(toy: Any) -> None:
    waiting = toy.run(REVIEWED)
    event = next(item for item in record.events(waiting.folder) if item["event"] == "review")
    verdict = {"accepted": False, "by": "Ada", "role": "domain expert", "reason": "edges are off"}
    review.give(toy.store.home, event["fingerprint"], verdict)
    outcome = toy.run(REVIEWED)
    assert outcome.exit_code == 3
    assert "edges are off" in outcome.record["message"]


def test_a_stakeholder_who_approves_a_step_is_waited_for(toy: Any) -> None:
    people = [{"role": "product owner", "approves": ["evaluate"]}]
    outcome = toy.run({"objective.stakeholders": people})
    assert outcome.exit_code == 5
    assert "product owner" in outcome.record["message"]


def test_objective_revisions_are_kept_with_what_changed(toy: Any) -> None:
    toy.run()
    toy.run({"train.score": 0.7})  # not a change of the objective
    outcome = toy.run({"objective.problem": "too dear"})
    revisions = outcome.record["objective"]["revisions"]
    assert [item["revision"] for item in revisions] == [1, 2]
    assert revisions[1]["changes"] == ["problem: too slow → too dear"]


def test_milestones_are_shown_against_the_history_of_runs(toy: Any) -> None:
    milestones = [
        {"name": "alpha", "date": "2999-01-01", "expect": "acc >= 0.4"},
        {"name": "beta", "date": "2000-01-01", "expect": "acc >= 0.6"},
        {"name": "gamma", "date": "2000-01-01", "expect": "acc >= 0.4"},
        {"name": "delta", "date": "2999-01-01", "expect": "acc >= 0.9"},
    ]
    first = toy.run({"framing.milestones": milestones})
    second = toy.run({"framing.milestones": milestones})
    shown = {item["name"]: item["status"] for item in second.record["milestones"]}
    assert shown == {"alpha": "met", "beta": "missed", "gamma": "met late", "delta": "open"}
    assert second.record["milestones"][0]["first_met"] == first.record.get("id", first.folder.name)


def test_a_full_disk_is_one_clear_error_and_loses_nothing(toy: Any) -> None:
    toy.run()
    plugin = toy.path / "plugins" / "evaluate" / "toy.py"
    full = 'open("/dev/full", "w", buffering=1).write("x\\n")\n    value ='
    plugin.write_text(plugin.read_text().replace("value =", full, 1))
    outcome = toy.run()
    assert outcome.exit_code == StoreError.exit_code
    assert "the disk is full" in outcome.record["message"]
    assert "Traceback" not in outcome.record["message"]
    assert statuses(outcome)["train"] == "cached"


def test_what_a_killed_attempt_left_behind_is_not_part_of_the_artifact(toy: Any) -> None:
    fingerprint = toy.plan()["data"].fingerprint
    leftover = toy.store.home / "work" / fingerprint / "half.txt"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    outcome = toy.run()
    artifact = next(step["artifact"] for step in outcome.record["steps"] if step["step"] == "data")
    names = {path.name for path in toy.store.artifact(artifact).iterdir()}
    assert names == {"numbers.txt", "report.json"}


def test_events_are_json_lines_and_end_with_the_status(toy: Any) -> None:
    outcome = toy.run()
    lines = (outcome.folder / "events.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["event"] == "run_started"
    assert json.loads(lines[-1])["status"] == "succeeded"


def test_a_run_without_an_end_counts_as_killed(toy: Any) -> None:
    folder = toy.run().folder
    (folder / "record.json").unlink()
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"pid": 2**22 + 1}))
    shown = record.load(folder)
    assert shown["status"] == "killed"
    assert {step["step"] for step in shown["steps"]} == set(statuses(toy.run()))


def test_paths_of_a_handle_outlive_a_move_of_the_project(toy: Any, tmp_path: Path) -> None:
    toy.run()
    moved = tmp_path / "moved"
    toy.path.rename(moved)
    toy.path = moved
    outcome = toy.run({"evaluate.note": "again"})
    assert outcome.exit_code == 0
    assert statuses(outcome)["train"] == "cached"


def test_a_signal_that_comes_while_a_budget_ends_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The watch's own signal may interrupt the clean-up: a later budget must not fail for its reason."""
    ends, end = [], budget._end

    def interrupted_once(*args: Any) -> None:
        ends.append(args)
        if len(ends) == 1:
            raise BudgetExceeded("late")
        end(*args)

    monkeypatch.setattr(budget, "_end", interrupted_once)
    with pytest.raises(BudgetExceeded, match="late"), budget.enforced("x", 60.0, None):
        pass
    assert budget._watching == []
