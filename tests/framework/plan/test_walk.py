"""Approaches: in which order they are tried, and which one is chosen."""

from __future__ import annotations

import math
from typing import Any

from stagewright.plan.walk import choose

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
    assert toy.statuses(outcome)["train/best"] == "skipped"


def test_approaches_side_by_side_choose_the_best_on_validation(toy: Any) -> None:
    changes = {"framing.approaches": APPROACHES, "framing.policy": "side_by_side"}
    outcome = toy.run(changes)
    table = {item["name"]: item["status"] for item in outcome.record["approaches"]}
    assert table == {"weak": "missed", "strong": "met", "best": "chosen"}
    assert set(toy.statuses(toy.run(changes)).values()) == {"cached"}


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


def test_an_approach_whose_value_is_not_a_number_is_not_chosen(toy: Any) -> None:
    names = [{"name": name, "reason": "r", "train": {}} for name in ("diverged", "sound")]
    changes = {"framing.approaches": names, "framing.policy": "side_by_side", "framing.success": []}
    values = {"train/diverged": {"acc": math.nan}, "train/sound": {"acc": 0.3}}
    assert choose(toy.check(changes), values) == "train/sound"
