"""Verdicts: whether ML is needed, the baseline, criteria, reviews."""

from __future__ import annotations

from typing import Any

from stagewright.record import record, review


def test_ml_is_not_needed_when_the_baseline_reaches_the_target(toy: Any) -> None:
    outcome = toy.run({"objective.baseline.score": 0.95})
    assert outcome.exit_code == 4
    assert outcome.record["status"] == "not_needed"
    assert "ML is not needed" in outcome.record["message"]
    assert "train" not in toy.statuses(outcome)


def test_a_model_behind_the_baseline_fails_the_gate_and_says_by_how_much(toy: Any) -> None:
    outcome = toy.run({"objective.baseline.score": 0.7, "framing.success": []})
    assert outcome.exit_code == 3
    assert "0.2 behind the no-ML baseline's 0.7" in outcome.record["message"]


def test_a_missed_criterion_fails_the_run_with_its_margin(toy: Any) -> None:
    outcome = toy.run({"framing.success": ["acc >= 0.75"]})
    assert outcome.exit_code == 3
    assert outcome.record["status"] == "gate_failed"
    assert "misses by 0.25" in outcome.record["message"]


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
    assert set(toy.statuses(accepted).values()) == {"cached"}


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
