"""What a record says of its run beside the steps: revisions, milestones."""

from __future__ import annotations

from typing import Any


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
