import itertools

import pytest
from hypothesis import given, settings

from rollouts import GUARDS, counting, drive, moves, policies, send
from stagewright.rollout.controller import Controller
from stagewright.rollout.policy import Policy

PHASES = {"Progressing", "Paused", "Healthy", "Degraded"}


def controller(section, make, now=0.0):
    found = Controller(Policy.of(section), "r-1", make)
    found.said = found.start(now)
    return found


def words(decisions):
    return [decision["decision"] for decision in decisions]


def feed(live, count, fails=lambda arm: False, latency=1.0, start=0, now=0.0):
    """`count` requests, one unit each; `fails` by arm."""
    said = []
    for i in range(start, start + count):
        arm = live.arm(f"u{i}")
        event = {"kind": "request", "id": f"r{i}", "unit": f"u{i}", "arm": arm, "weight": live.weight}
        event |= {"status": 500 if fails(arm) else 200, "latency_ms": {"total": latency}}
        said += live.observe(event, now)
    return said


@settings(deadline=None)
@given(policies, moves)
def test_invariants(policy, moves):
    live = Controller(policy, "r-1", counting)
    highest = 0.0
    for _ in drive(live, moves, itertools.count(0, 0.7)):
        state = live.state()
        assert state["phase"] in PHASES
        assert 0 <= live.weight <= 1
        step = live.step
        asked = [s.setWeight / 100 for s in live.plan[: step + 1] if s.setWeight is not None]
        highest = asked[-1] if asked else 0.0
        if state["verdict"] == "rolled_back":
            assert (live.weight, live.mirror, state["phase"]) == (0.0, 0.0, "Degraded")
        elif state["verdict"] == "promoted":
            assert (live.weight, live.mirror, state["phase"]) == (1.0, 0.0, "Healthy")
        else:
            assert live.weight == pytest.approx(highest, abs=1e-4)
            assert state["phase"] in ("Progressing", "Paused")
            stopping = [
                w for w in live.watches.values() if w.outcome == "failed" and w.on_failure == "rollback"
            ]
            assert live.frozen or not stopping, "a guard that failed has acted"
        if live.frozen:
            assert live.held or live.finished


@settings(deadline=None)
@given(policies, moves)
def test_a_promotion_has_passed_every_guard(policy, moves):
    live = Controller(policy, "r-1", counting)
    calm = [move for move in moves if move[0] != "command"]  # nobody overrides anything
    list(drive(live, calm, itertools.count(0, 0.7)))
    if live.verdict == "promoted":
        assert not any(w.outcome == "failed" and w.on_failure != "notify" for w in live.watches.values())
        assert not live.frozen
        assert policy.onInconclusive == "notify" or not live.undecided()
        waited = [step.analysis for step in live.plan if step.analysis]
        names = {n for step in waited for n in step.guards or live.watches} if waited else set()
        if policy.onInconclusive != "notify":
            assert all(live.watches[n].outcome in ("successful", "failed") for n in names if passes(live, n))


def passes(live, name):
    return live.watches[name].on_failure != "freeze"


def test_steps_by_requests_and_time(make):
    steps = [
        {"setWeight": 5},
        {"pause": {"duration": 10, "minRequests": 4}},
        {"setWeight": 50},
        {"pause": {}},
    ]
    live = controller({"steps": steps}, make)
    assert words(live.said) == ["started", "step", "set_weight", "step"]
    assert (live.phase, live.reason, live.weight) == ("Paused", "CanaryPauseStep", 0.05)
    assert feed(live, 4, now=5.0) == []
    assert words(live.tick(9.9)) == []
    assert words(live.tick(10.0)) == ["step", "set_weight", "step"]
    assert live.weight == 0.5
    assert words(live.command("promote", 11.0, "ada", "fine")) == ["resumed", "set_weight", "promoted"]
    assert (live.phase, live.weight) == ("Healthy", 1.0)
    assert words(live.command("pause", 12.0, "ada", "")) == ["refused"]
    assert words(live.command("rollback", 12.0, "ada", "users complain")) == ["set_weight", "rolled_back"]
    assert (live.phase, live.weight) == ("Degraded", 0.0)


def test_a_failing_guard_rolls_back_and_says_why(make):
    live = controller({"steps": [{"setWeight": 50}, {"pause": {}}], "analysis": {"guards": GUARDS[:2]}}, make)
    said = feed(live, 30, fails=lambda arm: arm == "canary")
    assert words(said) == ["guard", "set_weight", "rolled_back"]
    assert said[0]["outcome"] == "failed"
    assert said[0]["evidence"]["bad"] == 3
    assert said[2]["guard"] == "errors"
    assert said[2]["reason"] == "guard errors failed"
    assert {live.arm(f"u{i}") for i in range(100)} == {"stable"}


def test_before_the_starting_step_a_guard_only_collects(make):
    section = {
        "steps": [{"setWeight": 50}, {"pause": {"minRequests": 50}}, {"setWeight": 60}, {"pause": {}}],
        "analysis": {"guards": GUARDS[:1], "startingStep": 2},
    }
    live = controller(section, make)
    said = feed(live, 49, fails=lambda arm: arm == "canary")
    assert words(said) == ["guard"]
    said = feed(live, 1, start=49)
    assert words(said) == ["set_weight", "rolled_back"]
    assert said[0]["weight"] == 0.0


def test_a_dry_guard_only_speaks(make):
    section = {"steps": [{"setWeight": 50}, {"pause": {"minRequests": 40}}]}
    section["analysis"] = {"guards": GUARDS[:1], "dryRun": ["errors"]}
    live = controller(section, make)
    assert words(feed(live, 40, fails=lambda arm: arm == "canary")) == ["guard", "set_weight", "promoted"]


def test_notify_speaks_once_and_goes_on(make):
    section = {"steps": [{"setWeight": 50}, {"pause": {"minRequests": 40}}], "onFailure": "notify"}
    live = controller(section | {"analysis": {"guards": GUARDS[:1]}}, make)
    said = words(feed(live, 40, fails=lambda arm: arm == "canary"))
    assert said == ["guard", "notify", "set_weight", "promoted"]


ANALYSIS = [{"setWeight": 50}, {"analysis": {"guards": ["errors"], "requests": 10}}]


def test_inconclusive_pauses_until_somebody_decides(make):
    live = controller({"steps": ANALYSIS, "analysis": {"guards": GUARDS[:1]}}, make)
    assert words(feed(live, 10)) == ["paused"]
    assert live.reason == "InconclusiveAnalysisRun: errors"
    assert live.phase == "Paused"
    assert words(live.command("resume", 1.0, "ada", "more traffic comes")) == ["resumed"]
    assert words(feed(live, 9, start=10)) == []
    assert words(feed(live, 1, start=19)) == ["paused"]
    assert words(live.command("promote", 1.0, "ada", "enough")) == ["resumed", "set_weight", "promoted"]


def test_inconclusive_limit_gives_more_measurements(make):
    guard = GUARDS[0] | {"inconclusiveLimit": 2}
    live = controller({"steps": ANALYSIS, "analysis": {"guards": [guard]}}, make)
    assert words(feed(live, 29)) == []
    assert words(feed(live, 1, start=29)) == ["guard", "set_weight", "promoted"]  # `enough` is 30


def test_inconclusive_rolls_back_where_the_policy_says_so(make):
    section = {"steps": ANALYSIS, "analysis": {"guards": GUARDS[:1]}, "onInconclusive": "rollback"}
    live = controller(section, make)
    said = feed(live, 10)
    assert words(said) == ["set_weight", "rolled_back"]
    assert said[-1]["reason"] == "inconclusive: errors"


QUIET = {
    "name": "quality",
    "metric": "label.iou",
    "test": {"type": "x", "limit": 99, "enough": 40, "once": "value"},
}
SHORT = [{"setWeight": 50}, {"pause": {"minRequests": 10}}]


def labelled(live, count, start=0, now=0.0):
    """`count` requests, each with its label at once."""
    said = []
    for i in range(start, start + count):
        said += feed(live, 1, start=i, now=now)
        said += live.observe({"kind": "label", "id": f"r{i}", "values": {"iou": 0.5}}, now)
    return said


def test_a_canary_waits_at_its_last_weight_until_no_guard_is_undecided(make):
    live = controller({"steps": SHORT, "analysis": {"guards": [QUIET]}}, make)
    assert labelled(live, 39) == []
    assert (live.phase, live.reason, live.weight) == ("Progressing", "AwaitingGuards: quality", 0.5)
    assert live.state()["undecided"] == ["quality"]
    assert words(labelled(live, 1, start=39)) == ["guard", "set_weight", "promoted"]
    assert live.state()["undecided"] == []


@pytest.mark.parametrize(
    ("policy", "end"), [({}, ["paused"]), ({"onInconclusive": "rollback"}, ["set_weight", "rolled_back"])]
)
def test_a_canary_that_nobody_can_judge_is_not_promoted(make, policy, end):
    """No label ever comes: at the deadline `onInconclusive` decides, and a person may."""
    section = {"steps": SHORT, "analysis": {"guards": [QUIET]}, "progressDeadlineSeconds": 60}
    live = controller(section | policy, make)
    assert words(feed(live, 30)) == []
    assert words(live.tick(60.0)) == end
    assert "quality" in live.reason
    if end == ["paused"]:
        assert words(live.command("resume", 61.0, "ada", "labels come tomorrow")) == ["resumed"]
        assert live.reason == "AwaitingGuards: quality"
        assert words(live.command("promote", 62.0, "ada", "looked myself")) == ["set_weight", "promoted"]


def test_a_recipe_may_say_that_undecided_guards_need_not_hold_it(make):
    section = {"steps": SHORT, "analysis": {"guards": [QUIET]}, "onInconclusive": "notify"}
    said = feed(controller(section, make), 10)
    assert words(said) == ["notify", "set_weight", "promoted"]
    assert said[0]["reason"] == "inconclusive: quality"
    assert said[-1]["reason"] == "all steps are done; undecided: quality"


def test_at_full_weight_there_is_nothing_to_wait_for(make):
    live = controller({"steps": [*SHORT, {"setWeight": 100}], "analysis": {"guards": [QUIET]}}, make)
    assert words(feed(live, 10)) == ["step", "set_weight", "paused"]
    assert live.reason == "InconclusiveAnalysisRun: quality"


def test_evidence_that_comes_after_the_deadline_still_counts(make):
    """Labels that take weeks: it is paused, somebody may look, and the last label promotes, unless a person paused."""
    section = {"steps": SHORT, "analysis": {"guards": [QUIET]}, "progressDeadlineSeconds": 60}
    for person in (False, True):
        live = controller(section, make)
        labelled(live, 30)
        assert words(live.tick(60.0)) == ["paused"]
        if person:
            assert words(live.command("pause", 61.0, "ada", "not before Monday")) == ["paused"]
        said = words(labelled(live, 10, start=30, now=62.0))
        assert said == (["guard"] if person else ["guard", "set_weight", "promoted"])
        if person:
            assert words(live.command("resume", 63.0, "ada", "")) == ["resumed", "set_weight", "promoted"]


ASKED = [{"setWeight": 50}, {"analysis": {"guards": ["quality"], "requests": 10}}]


def labels(live, start, end, now=0.0):
    """Labels of requests that came before."""
    said = []
    for i in range(start, end):
        said += live.observe({"kind": "label", "id": f"r{i}", "values": {"iou": 0.5}}, now)
    return said


@pytest.mark.parametrize("late", ["labels", "feedback"])
def test_late_evidence_decides_an_analysis_that_paused(make, late):
    """All requests came before its limit, what became of them comes after."""
    metric = "label.iou" if late == "labels" else "feedback.value"
    live = controller({"steps": ASKED, "analysis": {"guards": [QUIET | {"metric": metric}]}}, make)
    assert words(feed(live, 40)) == ["paused"]
    said = []
    for i in range(40):
        about = (
            {"kind": "label", "values": {"iou": 0.5}}
            if late == "labels"
            else {"kind": "feedback", "value": 1}
        )
        said.append(words(live.observe(about | {"id": f"r{i}"}, 1.0)))
    assert said[:-1] == [[]] * 39
    assert said[-1] == ["guard", "set_weight", "promoted"]


def test_late_evidence_takes_a_step_in_between_on(make):
    live = controller(
        {"steps": [*ASKED, {"setWeight": 60}, {"pause": {}}], "analysis": {"guards": [QUIET]}}, make
    )
    assert words(feed(live, 40)) == ["paused"]
    assert words(labels(live, 0, 40)) == ["guard", "step", "set_weight", "step"]
    assert (live.weight, live.reason) == (0.6, "CanaryPauseStep")


def test_late_evidence_waits_where_a_person_paused_an_analysis(make):
    live = controller({"steps": ASKED, "analysis": {"guards": [QUIET]}}, make)
    feed(live, 40)
    assert words(live.command("pause", 1.0, "ada", "not before Monday")) == ["paused"]
    assert words(labels(live, 0, 40)) == ["guard"]
    assert words(live.command("resume", 2.0, "ada", "")) == ["resumed", "set_weight", "promoted"]


def test_late_evidence_of_harm_rolls_a_paused_analysis_back(make):
    bad = QUIET | {"test": {"type": "x", "limit": 3, "enough": 40, "once": "value"}}
    live = controller({"steps": ASKED, "analysis": {"guards": [bad]}}, make)
    feed(live, 40)
    assert words(labels(live, 0, 40)) == ["guard", "set_weight", "rolled_back"]


def test_late_evidence_ends_a_pause_at_the_deadline_of_an_analysis(make):
    steps = [ASKED[0], {"analysis": {}}]
    late = {"progressDeadlineSeconds": 60, "progressDeadlineAbort": False}
    live = controller({"steps": steps, "analysis": {"guards": [QUIET]}, **late}, make)
    feed(live, 40)
    assert words(live.tick(60.0)) == ["paused"]
    assert words(labels(live, 0, 40, 61.0)) == ["guard", "set_weight", "promoted"]


def test_late_evidence_promotes_nothing_that_is_frozen(make):
    srm = {"name": "srm", "test": {"type": "srm", "limit": 45, "enough": 999}}
    section = {"steps": SHORT, "analysis": {"guards": [QUIET, srm]}, "progressDeadlineSeconds": 60}
    live = controller(section, make)
    labelled(live, 30)
    live.tick(60.0)
    said = words(feed(live, 80, start=100, now=61.0))
    assert said[-3:] == ["guard", "frozen", "paused"]
    assert "promoted" not in words(labelled(live, 60, start=200, now=62.0))
    assert live.reason == "SampleRatioMismatch: srm"


def test_guards_that_only_report_or_only_stop_are_not_waited_for(make):
    srm = {"name": "srm", "test": {"type": "srm", "limit": 99, "enough": 999}, "onFailure": "pause"}
    guards = [QUIET, QUIET | {"name": "told", "onFailure": "notify"}, srm]
    live = controller({"steps": SHORT, "analysis": {"guards": guards, "dryRun": ["quality"]}}, make)
    assert words(feed(live, 10)) == ["set_weight", "promoted"]


def test_other_strategies_are_decided_by_their_own_analysis(make):
    plan = {
        "strategy": "blueGreen",
        "blueGreen": {"prePromotionAnalysis": {"guards": ["errors"], "requests": 90}},
    }
    live = controller(plan | {"analysis": {"guards": [GUARDS[0], QUIET]}}, make)
    assert live.deciding == ["errors"]
    assert words(feed(live, 30))[-1] == "promoted"


def test_who_goes_on_in_spite_of_a_failed_guard_is_not_held_by_it(make):
    guards = [GUARDS[0] | {"onFailure": "pause"}]
    live = controller({"steps": SHORT, "analysis": {"guards": guards}}, make)
    assert words(feed(live, 10, fails=lambda arm: arm == "canary")) == ["guard", "paused"]
    assert words(live.command("resume", 1.0, "ada", "known, and harmless"))[-1] == "promoted"


def test_a_sample_ratio_mismatch_freezes_everything(make):
    ratio = {"name": "srm", "metric": "request", "test": {"type": "srm", "limit": 5}}
    section = {"steps": [{"setWeight": 50}, {"pause": {"minRequests": 30}}, {"setWeight": 90}]}
    live = controller(section | {"analysis": {"guards": [ratio, *GUARDS[:1]]}}, make)
    said = feed(live, 100, fails=lambda arm: arm == "canary" and live.frozen)
    assert words(said)[:3] == ["guard", "frozen", "paused"]
    assert live.weight == 0.5
    assert live.watches["errors"].outcome == "failed"
    assert {item["guard"]: item["outcome"] for item in live.guards()} == {
        "srm": "failed",
        "errors": "inconclusive",
    }
    assert words(live.command("promote", 1.0, "ada", "")) == ["refused"]
    assert words(live.command("resume", 1.0, "ada", "")) == ["refused"]
    assert words(live.command("abort", 2.0, "ada", "logging was broken")) == ["set_weight", "rolled_back"]


def test_only_the_first_event_of_a_sticky_unit_counts(make):
    section = {"steps": [{"setWeight": 100}, {"pause": {}}], "analysis": {"guards": GUARDS[:1]}}
    sticky, loose = controller(section, make), controller(section, make)
    for i in range(8):
        send(sticky, f"r{i}", "ada", True, 1.0, 0.0)
        send(loose, f"r{i}", f"r{i}", True, 1.0, 0.0)
    assert (sticky.verdict, loose.verdict) == ("", "rolled_back")
    assert sticky.watches["errors"].arms[1].n == 1


def test_shadow_copies_count_for_the_canary(make):
    agreement = {"name": "agreement", "metric": "shadow.agreement", "test": {"type": "x", "limit": 99}}
    section = {"strategy": "shadow", "analysis": {"guards": [*GUARDS[:1], agreement]}}
    live = controller(section, make)
    assert (live.weight, live.mirror, live.mirrors("anyone"), live.arm("anyone")) == (
        0.0,
        1.0,
        True,
        "stable",
    )
    for i in range(20):
        event = {"kind": "request", "id": f"r{i}", "unit": f"u{i}", "status": 200}
        live.observe(event | {"arm": "stable", "weight": 0.0}, 0.0)
        live.observe(event | {"arm": "shadow", "weight": 0.0, "agreement": 0.9}, 0.0)
    assert live.requests == 20
    assert [arm.n for arm in live.watches["errors"].arms] == [20, 20]
    assert live.verdict == "promoted"


def test_no_progress_ends_at_the_deadline(make):
    section = {"steps": [*ANALYSIS[:1], {"analysis": {}}], "analysis": {"guards": GUARDS[:1]}}
    live = controller(section | {"progressDeadlineSeconds": "1m"}, make)
    assert words(live.tick(59.0)) == []
    assert words(live.tick(60.0)) == ["set_weight", "rolled_back"]
    assert live.reason == "ProgressDeadlineExceeded: step 1"
    patient = controller(section | {"progressDeadlineSeconds": 60, "progressDeadlineAbort": False}, make)
    assert words(patient.tick(60.0)) == ["paused"]
    waiting = controller({"steps": [{"pause": {}}], "progressDeadlineSeconds": 60}, make)
    assert words(waiting.tick(9999.0)) == []


def test_a_clock_that_steps_back_changes_nothing(make):
    live = controller({"steps": [{"pause": {"duration": 10}}, {"pause": {}}]}, make, now=100.0)
    live.tick(105.0)
    live.tick(3.0)
    assert live.now == 105.0
    assert words(live.tick(110.0)) == ["step"]


def test_pause_and_resume(make):
    live = controller({"steps": [{"setWeight": 20}, {"pause": {"minRequests": 5}}, {"setWeight": 40}]}, make)
    assert words(live.command("pause", 1.0, "ada", "lunch")) == ["paused"]
    assert feed(live, 9) == []
    assert words(live.command("resume", 2.0, "ada", "")) == [
        "resumed",
        "step",
        "set_weight",
        "set_weight",
        "promoted",
    ]
    assert words(live.command("jump", 2.0, "ada", "")) == ["refused"]


def test_on_success_pause_waits_for_a_person(make):
    live = controller({"steps": [{"setWeight": 20}], "onSuccess": "pause"}, make)
    assert (live.phase, live.weight, live.verdict) == ("Paused", 0.2, "")
    assert words(live.command("promote", 2.0, "ada", "released")) == ["set_weight", "promoted"]


def test_before_it_begins_nothing_moves(make):
    live = Controller(Policy.of({"steps": [{"setWeight": 50}]}), "r-1", make)
    assert live.tick(1.0) == []
    assert words(live.command("promote", 1.0, "ada", "")) == ["refused"]
    assert live.arm("anyone") == "stable"
    assert words(live.start(2.0))[-1] == "promoted"
