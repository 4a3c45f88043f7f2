"""The stage with a real gateway: HTTP requests, engines, labels, the whole controller."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from rollout_squares import BAD, GOOD, GUARDS, STEPS
from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.rollout import places, watch
from stagewright.rollout.journal import read, replayed
from stagewright.stages.scores import Scores


def section(**changes):
    found = {"steps": STEPS, "analysis": {"guards": GUARDS}, "replay": {"requests": 1500, "labelDelay": 5}}
    return found | changes


def events(decision, kind):
    lines = (decision.path / "events.jsonl").read_text().splitlines()
    return [event for line in lines if (event := json.loads(line))["kind"] == kind]


def test_an_equal_challenger_is_promoted(squares):
    first = squares.package("first", GOOD)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    second = squares.package("second", GOOD + 0.01)
    decision = squares.roll_out(second, **section())
    assert decision.verdict == "promoted", decision.reason
    assert decision.verdicts[0].passed
    assert squares.champion() == second.version
    moved = [event for event in squares.heard.events if event["event"] == "alias_moved"]
    assert moved[0]["version"] == second.version


def test_a_worse_challenger_is_rolled_back_and_the_report_says_why(squares):
    first, worse = squares.package("first", GOOD), squares.package("worse", BAD)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    decision = squares.roll_out(worse, **section())
    assert decision.verdict == "rolled_back"
    assert "guard iou failed, label.iou_mean 0." in decision.reason
    assert not decision.verdicts[0].passed
    assert "rolled back against version" in decision.verdicts[0].message
    assert squares.champion() == first.version
    titles = {block.title: block for block in squares.heard.blocks}
    assert titles["Rollout"].tone == "bad"
    assert "guard iou failed" in titles["Rollout"].text
    assert {"Weight", "Evidence", "Guards", "Decisions"} <= titles.keys()
    errors, quality = (titles[f"Both arms: {metric}"] for metric in ("request.error", "label.iou_mean"))
    assert [row.name for row in errors.rows] == [row.name for row in quality.rows] == ["stable", "canary"]
    assert all(0 <= row.low < row.value + 1e-9 < row.high < 0.5 for row in errors.rows), "of no error at all"
    assert all(row.low < row.value < row.high for row in quality.rows)
    assert titles["Weight"].series[0].y[-1] == 0.0
    requests = events(decision, "request")
    assert len(requests) < 1000, "it did not wait for the end"


def test_a_challenger_that_fails_is_rolled_back_early(squares):
    first, broken = squares.package("first", GOOD), squares.package("broken", GOOD, fails_every=3)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    decision = squares.roll_out(broken, **section())
    assert decision.verdict == "rolled_back"
    assert "guard errors failed, request.error" in decision.reason
    requests = events(decision, "request")
    assert len(requests) < 400
    assert {event["arm"] for event in requests if event["status"] == 500} == {"canary"}


def test_requests_labels_and_arms_are_real(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    small = {
        "steps": [{"setWeight": 50}, {"pause": {"minRequests": 100}}],
        "replay": {"requests": 200, "labelDelay": 7},
        "onInconclusive": "notify",
    }
    decision = squares.roll_out(second, **section(**small))
    requests, labels = events(decision, "request"), events(decision, "label")
    assert len(requests) == 100
    arms = Counter(event["arm"] for event in requests)
    assert 30 < arms["canary"] < 70
    assert {event["version"] for event in requests if event["arm"] == "canary"} == {second.version}
    assert all(event["latency_ms"]["total"] > 0 for event in requests)
    assert len(labels) == 93  # the last 7 were due after the end
    assert all(0.5 < event["values"]["iou_mean"] <= 1 for event in labels)
    order = [event["id"] for event in requests]
    assert [event["id"] for event in labels] == order[:93]
    assert sorted(event["t"] for event in requests) == [event["t"] for event in requests]


def test_the_journal_replays_to_the_same_verdict(squares):
    first, worse = squares.package("first", GOOD), squares.package("worse", BAD)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    decision = squares.roll_out(worse, **section())
    again = replayed(None, read(decision.path / "journal.jsonl"), watch.tests(squares.context("x").resolve))
    assert again.controller.verdict == "rolled_back"
    assert again.unrecorded == []
    kept = places.latest(squares.home, "squares")
    assert kept.read_bytes() == (decision.path / "journal.jsonl").read_bytes()


def test_the_same_seed_takes_the_same_way(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")

    def way(seed):
        found = squares.roll_out(second, seed, **section())
        releases.assign(squares.home, "squares", "champion", first.version, "test", "back")
        requests = events(found, "request")
        return found.reason, [(event["arm"], event["weight"]) for event in requests]

    assert way(1) == way(1)
    assert way(1) != way(2)


def test_the_first_champion_is_the_baseline_itself(squares):
    baseline = squares.package("baseline", BAD)
    scores = Scores(squares.path / "rules" / "baseline", "test", {})
    challenger = squares.package("challenger", GOOD)
    decision = squares.roll_out(challenger, baseline=scores, **section())
    assert decision.verdict == "promoted", decision.reason
    assert "against the no-ML baseline" in decision.verdicts[0].message
    stable = {event["version"] for event in events(decision, "request") if event["arm"] == "stable"}
    assert stable == {baseline.version}
    assert squares.champion() == challenger.version


def test_nothing_to_compare_with(squares):
    only = squares.package("only", GOOD)
    decision = squares.roll_out(only, **section())
    assert decision.verdict == "promoted"
    assert "no baseline" in decision.reason
    assert squares.heard.blocks[0].tone == "warning"


def test_requests_that_end_too_early_are_inconclusive(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    decision = squares.roll_out(second, **section(replay={"requests": 150}))
    assert decision.verdict == "inconclusive"
    assert "150 requests ended in step 4 of 6" in decision.reason
    assert not decision.verdicts[0].passed
    assert squares.champion() == first.version


def test_a_challenger_that_no_guard_could_judge_is_not_promoted(squares):
    """Its steps are done, but a mean needs 500 observations per arm here: the champion stays, unless said."""
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    guard = {"name": "iou", "metric": "label.iou_mean", "direction": "higher", "margin": 0.05}
    guard["test"] = {"type": "msprt", "minimum": 500}
    small = {
        "steps": [{"setWeight": 50}, {"pause": {"minRequests": 100}}],
        "analysis": {"guards": [*GUARDS[:1], guard]},
        "replay": {"requests": 300, "labelDelay": 0},
    }
    decision = squares.roll_out(second, **section(**small))
    assert decision.verdict == "inconclusive"
    assert "300 requests ended before every guard was decided: iou: label.iou_mean 0." in decision.reason
    assert "too few values to say anything" in decision.reason
    assert not decision.verdicts[0].passed
    assert squares.champion() == first.version
    small["onInconclusive"] = "notify"
    decision = squares.roll_out(second, **section(**small))
    assert decision.reason.startswith("all steps are done; undecided: ")
    assert squares.champion() == second.version


def test_labels_that_arrive_after_the_limit_of_the_last_analysis_decide_it(squares):
    """Every request is answered before the first label comes: the step is paused by then."""
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    late = {
        "steps": [{"setWeight": 50}, {"analysis": {"requests": 300}}],
        "replay": {"requests": 600, "labelDelay": 600},
    }
    decision = squares.roll_out(second, **section(**late))
    assert decision.verdict == "promoted", decision.reason
    paused = [event for event in events(decision, "decision") if event["decision"] == "paused"]
    assert [event["reason"] for event in paused] == ["InconclusiveAnalysisRun: iou"]


def test_guards_of_live_traffic_only_report_in_a_replay(squares):
    """Nobody complains in a replay, so nothing can be proven of complaints there."""
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    unhappy = {"name": "unhappy", "metric": "feedback.negative"}
    decision = squares.roll_out(second, **section(analysis={"guards": [*GUARDS, unhappy]}))
    assert decision.verdict == "promoted", decision.reason
    guards = next(block for block in squares.heard.blocks if block.title == "Guards")
    assert {row[0]: row[4] for row in guards.rows}["unhappy"] is True
    assert guards.caption.endswith("unhappy.")


def test_shadow_compares_answers_that_nobody_sees(squares):
    first, worse = squares.package("first", GOOD), squares.package("worse", BAD)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    agree = {"name": "agreement", "metric": "shadow.agreement", "direction": "higher"}
    agree["test"] = {"type": "threshold", "successCondition": "result >= 0.98", "requests": 100, "count": 1}
    decision = squares.roll_out(
        worse, strategy="shadow", analysis={"guards": [agree]}, replay={"requests": 900}
    )
    assert decision.verdict == "rolled_back"
    arms = Counter(event["arm"] for event in events(decision, "request"))
    assert arms["canary"] == 0
    assert arms["shadow"] > 90


def test_sticky_users(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    few = {"requests": 300, "users": 12}
    steps = [{"setWeight": 50}, {"pause": {"minRequests": 250}}]
    decision = squares.roll_out(second, **section(steps=steps, replay=few, affinity={"key": "X-User"}))
    arms = {}
    for event in events(decision, "request"):
        arms.setdefault(event["unit"], set()).add(event["arm"])
    assert len(arms) == 12
    assert all(len(found) == 1 for found in arms.values())


def test_guards_are_there_without_a_word(squares):
    first, worse = squares.package("first", GOOD), squares.package("worse", BAD)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    decision = squares.roll_out(worse)
    assert decision.verdict == "rolled_back"
    assert "guard iou_mean failed" in decision.reason


def test_a_tampered_package_is_refused(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    (second.path / "rule.json").write_text("{}")
    with pytest.raises(StagewrightError, match=r"rule\.json has other bytes"):
        squares.roll_out(second, **section())


def test_a_guard_that_no_label_feeds_is_refused(squares):
    first, second = squares.package("first", GOOD), squares.package("second", GOOD + 0.01)
    releases.assign(squares.home, "squares", "champion", first.version, "test", "first")
    blind = {"guards": [{"name": "quality", "metric": "label.iou_maen", "test": "msprt"}]}
    with pytest.raises(StagewrightError, match=r"which no label carries, did you mean 'iou_mean'"):
        squares.roll_out(second, analysis=blind)
