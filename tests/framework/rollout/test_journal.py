import contextlib
import errno
import itertools
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollouts import GUARDS, drive, moves, policies, send
from stagewright.errors import StagewrightError
from stagewright.rollout.controller import Controller
from stagewright.rollout.journal import read, replayed
from stagewright.rollout.live import LiveRollout
from stagewright.rollout.policy import Policy

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def opened(path, make, policy=None, act=lambda _: None):
    return LiveRollout(path, make, act, policy=policy, rollout="r-1", known={"name": "cells"})


@SLOW
@given(policies, moves, st.floats(0, 3))
def test_replay_gives_the_same_state_and_decisions(tmp_path_factory, make, policy, moves, pace):
    path = tmp_path_factory.mktemp("j") / "journal.jsonl"
    acted = []
    live = opened(path, make, policy, acted.append)
    list(drive(live, moves, itertools.count(0, pace)))
    live.close()
    again = replayed(None, read(path), make)
    assert again.controller.state() == live.state()
    assert again.unrecorded == []
    assert [line for line in read(path) if "decision" in line] == json.loads(json.dumps(acted))


@SLOW
@given(policies, moves, st.data())
def test_a_kill_anywhere_loses_no_decision(tmp_path_factory, make, policy, moves, data):
    """Cut the journal at any byte: what is recovered goes on to the same end as if nothing had happened."""
    path = tmp_path_factory.mktemp("j") / "journal.jsonl"
    live = opened(path, make, policy)
    list(drive(live, moves, itertools.count(0, 0.5)))
    live.close()
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(whole[: data.draw(st.integers(first, len(whole)))])

    recovered = opened(path, make)
    seen = sum("decision" not in line for line in read(path))
    for line in [json.loads(part) for part in whole.splitlines() if b'"decision":' not in part[:12]][seen:]:
        feed(recovered, line)
    assert recovered.state() == live.state()
    assert path.read_bytes() == whole


def feed(live, line):
    if "start" in line:
        live.start(line["start"])
    elif "tick" in line:
        live.tick(line["tick"])
    elif "command" in line:
        live.command(line["command"], line["now"], line["by"], line["reason"])
    else:
        live.observe(line["event"], line["now"])


def test_a_rollout_comes_back_in_the_same_step_with_the_same_assignment(tmp_path, make):
    policy = Policy.of({"steps": [{"setWeight": 25}, {"pause": {"minRequests": 99}}, {"setWeight": 50}]})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(0.0)
    for i in range(60):
        send(live, f"r{i}", f"u{i}", False, 1.0, float(i))
    arms = [live.arm(f"u{i}") for i in range(500)]
    os.close(live._journal._file)  # the process is killed: nothing is flushed, only its lock is gone
    back = opened(tmp_path / "j.jsonl", make)
    assert back.start(99.0) == []
    assert back.state() == live.state()
    assert back.state()["step_requests"] == 60
    assert [back.arm(f"u{i}") for i in range(500)] == arms
    assert back.known["name"] == "cells"


def test_a_decision_that_was_not_acted_on_is_handed_over_again(tmp_path, make):
    policy = Policy.of({"steps": [{"setWeight": 100}]})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(0.0)
    live.close()
    path = tmp_path / "j.jsonl"
    kept = [line for line in path.read_text().splitlines() if '"promoted"' not in line]
    path.write_text("\n".join(kept) + "\n")
    acted = []
    opened(path, make, act=acted.append)
    assert [decision["decision"] for decision in acted] == ["promoted"]
    assert any(line.get("decision") == "promoted" for line in read(path))


def test_another_verdict_than_then_is_an_error(tmp_path, make):
    policy = Policy.of({"steps": [{"setWeight": 50}, {"pause": {}}], "analysis": {"guards": GUARDS[:1]}})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(0.0)
    for i in range(40):
        send(live, f"r{i}", f"u{i}", True, 1.0, float(i))
    assert live.state()["verdict"] == "rolled_back"

    def lenient(spec, given):
        return make({**spec, "limit": 9}, given)

    with pytest.raises(StagewrightError, match="does not replay to the same"):
        replayed(None, read(tmp_path / "j.jsonl"), lenient)


def test_damage_in_the_middle_is_said_with_its_line(tmp_path, make):
    path = tmp_path / "j.jsonl"
    live = opened(path, make, Policy())
    live.start(0.0)
    live.close()
    text = path.read_text().splitlines()
    path.write_text("\n".join([text[0], "{broken", *text[1:]]) + "\n")
    with pytest.raises(StagewrightError, match=r"j\.jsonl:2: not a line"):
        opened(path, make)


def test_no_journal(tmp_path, make):
    with pytest.raises(StagewrightError, match="no rollout journal"):
        opened(tmp_path / "none.jsonl", make)


def test_the_interface_of_the_gateway(tmp_path, make):
    """`Controller.replay(policy, lines, make)` takes text lines as well."""
    policy = Policy.of({"steps": [{"setWeight": 5}, {"pause": {}}]})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(3.0)
    back = Controller.replay(policy, (tmp_path / "j.jsonl").read_text().splitlines(), make)
    assert back.weight == 0.05
    assert back.state() == live.state()


def test_two_processes_never_write_one_journal(tmp_path, make):
    live = opened(tmp_path / "j.jsonl", make, Policy())
    with pytest.raises(StagewrightError, match="at work in another process"):
        opened(tmp_path / "j.jsonl", make)
    live.close()
    opened(tmp_path / "j.jsonl", make).close()


def test_an_analysis_that_came_to_its_limit_by_time_alone_replays(tmp_path, make):
    """The first limit decides nothing, yet it counts: without it a restart would count one too few."""
    analysis = {"guards": [GUARDS[0] | {"inconclusiveLimit": 1}]}
    policy = Policy.of({"steps": [{"setWeight": 50}, {"analysis": {"duration": 10}}], "analysis": analysis})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(0.0)
    assert live.tick(11.0) == []
    live.close()
    again = opened(tmp_path / "j.jsonl", make)
    assert [decision["decision"] for decision in again.tick(22.0)] == ["paused"]
    again.close()
    assert opened(tmp_path / "j.jsonl", make).state() == again.state()


def test_a_journal_that_cannot_be_read_is_not_held(tmp_path, make):
    path = tmp_path / "j.jsonl"
    path.write_text('{"start": 0}\n')
    for _ in range(2):
        with pytest.raises(StagewrightError, match="not a rollout journal"):
            opened(path, make, Policy())


def test_a_journal_whose_first_line_was_cut_short_begins_anew(tmp_path, make):
    path = tmp_path / "j.jsonl"
    path.write_text('{"journal": 1, "roll')
    live = opened(path, make, Policy())
    assert live.known["rollout"] == "r-1"
    live.close()


def test_the_journal_is_json_whatever_events_and_tests_say(tmp_path, make):
    """A number that is none says nothing to a guard, and the journal replays to the same."""
    guard = {"name": "loss", "metric": "feedback.negative", "test": {"type": "counting", "limit": 3}}
    policy = Policy.of({"steps": [{"setWeight": 50}, {"pause": {}}], "analysis": {"guards": [guard]}})
    live = opened(tmp_path / "j.jsonl", make, policy)
    live.start(0.0)
    for i in range(20):
        send(live, f"r{i}", f"u{i}", False, float("inf"), float(i))
        live.observe({"kind": "feedback", "id": f"r{i}", "value": float("nan")}, float(i))
    live.close()
    for line in (tmp_path / "j.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    again = replayed(None, read(tmp_path / "j.jsonl"), make)
    assert again.controller.state() == live.state()
    assert (
        sum(
            guard["n"] for guard in (live.state()["guards"][0]["stable"], live.state()["guards"][0]["canary"])
        )
        == 0
    )


def test_a_rollout_of_before_replays_as_it_went(tmp_path, make):
    """It was promoted after its last step though a guard was undecided."""
    guard = {"name": "quality", "metric": "label.iou", "test": {"type": "x"}}
    policy = Policy.of({"steps": [{"setWeight": 50}], "analysis": {"guards": [guard]}})
    lines = [{"journal": 1, "rollout": "r-1", "policy": policy.model_dump(mode="json")}, {"start": 0.0}]
    assert [one["decision"] for one in replayed(None, lines, make).unrecorded][-1] == "promoted"
    lines[0]["journal"] = 2
    assert replayed(None, lines, make).controller.undecided() == ["quality"]


def test_a_rollout_of_before_stays_paused_in_an_analysis(tmp_path, make):
    """Only a person went on from there, whatever evidence came."""
    guard = {"name": "quality", "metric": "label.iou", "test": {"type": "x", "enough": 1}}
    steps = [{"setWeight": 50}, {"analysis": {"requests": 1}}]
    policy = Policy.of({"steps": steps, "analysis": {"guards": [guard]}})
    request = {"kind": "request", "id": "r", "arm": "canary"}
    lines = [
        {"journal": 2, "rollout": "r-1", "policy": policy.model_dump(mode="json")},
        {"start": 0.0},
        {"event": request, "now": 1.0},
        {"event": {"kind": "label", "id": "r", "values": {"iou": 0}}, "now": 2.0},
    ]
    assert replayed(None, lines, make).controller.phase == "Paused"
    lines[0]["journal"] = 3
    assert replayed(None, lines, make).controller.verdict == "promoted"


def test_a_disk_that_is_full_for_a_while_costs_no_decision(tmp_path, make, monkeypatch):
    """Half a line never stays, and what was decided meanwhile is acted on once there is room."""
    policy = Policy.of({"steps": [{"setWeight": 50}, {"pause": {}}], "analysis": {"guards": GUARDS[:1]}})
    acted, room, write = [], 10**9, os.write

    def filling(file, data):
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = data[: min(room, len(data))]
        room -= len(part)
        return write(file, part)

    live = opened(tmp_path / "j.jsonl", make, policy, lambda decision: acted.append(decision["decision"]))
    live.start(0.0)
    monkeypatch.setattr(os, "write", filling)
    for i in range(40):
        room = (
            10**9 if live.controller.watches["errors"].test.bad < 2 else 300
        )  # an event, and half a decision
        with contextlib.suppress(OSError):
            send(live, f"r{i}", f"u{i}", True, 1.0, float(i))
    assert live.controller.verdict == "rolled_back"
    assert "rolled_back" not in acted
    room = 10**9
    live.tick(41.0)
    assert acted[-1] == "rolled_back"
    live.close()
    again = replayed(None, read(tmp_path / "j.jsonl"), make)
    assert (again.controller.verdict, again.unrecorded) == ("rolled_back", [])
