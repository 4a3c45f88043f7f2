import pytest

from rollouts import GUARDS, counting
from stagewright.rollout.observations import Observations, exposure
from stagewright.rollout.policy import Policy
from stagewright.rollout.watch import watches


def of_labels(pending=1000):
    """The observations of one guard that judges by labels, and what its test is told."""
    found = watches(Policy.of({"steps": [{"setWeight": 50}], "analysis": {"guards": [GUARDS[2]]}}), counting)
    told = []
    found["quality"].test.observe = lambda canary, weight, value, *_: told.append((canary, weight, value))
    return Observations(found.values(), pending), told


def requests(seen, count):
    for i in range(count):
        arm = "canary" if i % 3 else "stable"
        seen.observe(
            {"kind": "request", "id": f"r{i}", "unit": f"u{i}", "arm": arm, "weight": 0.5}, 1.0, 0.0, 0.0
        )


def label(seen, name, **said):
    event = {"kind": "label", "id": name, "values": {"iou": 0.5}}
    return seen.observe(event | said, 1.0, 0.0, 1.0)


def test_labels_find_their_request_and_its_weight():
    seen, told = of_labels()
    requests(seen, 20)
    for i in (0, 7, 19, 400):
        label(seen, f"r{i}")
    assert told == [(False, 0.5, 0.5), (True, 0.5, 0.5), (True, 0.5, 0.5)]


def test_a_label_of_one_arm_is_for_that_arm_only():
    seen, told = of_labels()
    requests(seen, 2)
    label(seen, "r1", arm="stable")
    assert told == []
    label(seen, "r1", arm="canary")
    assert told == [(True, 0.5, 0.5)]


def test_what_is_said_twice_of_a_request_counts_once():
    """A client that retries, or one that shouts, is one observation of a request without a sticky unit."""
    seen, told = of_labels()
    seen.observe({"kind": "request", "id": "r1", "arm": "canary", "weight": 0.5}, 1.0, 0.0, 0.0)
    for _ in range(3):
        label(seen, "r1")
    assert told == [(True, 0.5, 0.5)]


@pytest.mark.parametrize("unit", ["", "ada"])
def test_that_all_was_well_counts_once_though_it_is_said_again_and_again(unit):
    """Else one request whose client retries its label would accept a canary; a correction is still heard."""
    guard = {"name": "wrong", "metric": "label.correct < 1", "test": {"type": "x", "once": "event"}}
    found = watches(Policy.of({"steps": [{"setWeight": 50}], "analysis": {"guards": [guard]}}), counting)
    seen, arm = Observations(found.values(), 2), found["wrong"].arms[1]
    for i in range(2):
        seen.observe({"kind": "request", "id": f"r{i}", "unit": unit, "arm": "canary"}, 0.5, 0.0, 0.0)
        for _ in range(5):
            label(seen, f"r{i}", values={"correct": 1})
    assert (arm.n, arm.total) == (2, 0)
    label(seen, "r1", values={"correct": 0})
    assert (arm.n, arm.total) == (3, 1)
    for i in range(2, 9):
        seen.observe({"kind": "request", "id": f"r{i}", "unit": unit, "arm": "canary"}, 0.5, 0.0, 0.0)
    assert not found["wrong"].calm


def test_what_was_said_of_forgotten_requests_takes_no_memory():
    found = watches(Policy.of({"steps": [{"setWeight": 50}], "analysis": {"guards": [GUARDS[2]]}}), counting)
    seen = Observations(found.values(), 10)
    for i in range(30):
        seen.observe({"kind": "request", "id": f"r{i}", "arm": "canary", "weight": 0.5}, 1.0, 0.0, 0.0)
        label(seen, f"r{i}")
    assert found["quality"].arms[1].n == 30
    assert len(found["quality"].seen) == 10


def test_a_copy_counts_for_the_canary_though_its_unit_spoke_on_the_stable_arm():
    guard = GUARDS[1] | {"metric": "latency_ms", "test": {"type": "x", "once": "value"}}
    policy = Policy.of({"steps": [{"setMirrorRoute": {}}], "analysis": {"guards": [guard]}})
    found = watches(policy, counting)
    seen = Observations(found.values(), 10)
    for name, arm in (("r1", "stable"), ("r1", "shadow"), ("r2", "stable"), ("r2", "shadow")):
        event = {"kind": "request", "id": name, "unit": "ada", "arm": arm, "latency_ms": {"total": 1.0}}
        seen.observe(event, 0.0, 1.0, 0.0)
    assert [arm.n for arm in found["slow"].arms] == [1, 1]


def test_what_waits_for_labels_is_bounded():
    seen, told = of_labels(pending=10)
    requests(seen, 30)
    for i in range(30):
        label(seen, f"r{i}")
    assert len(told) == 10
    assert [key[0] for key in seen._assigned] == [f"r{i}" for i in range(20, 30)]


def test_guards_whose_word_changed_are_told():
    found = watches(Policy.of({"steps": [{"setWeight": 50}], "analysis": {"guards": GUARDS[:1]}}), counting)
    seen = Observations(found.values(), 10)
    failed = {"kind": "request", "arm": "canary", "status": 500}
    changed = [[w.guard.name for w in seen.observe(failed | {"id": str(i)}, 0.5, 0.0, 0.0)] for i in range(4)]
    assert changed == [[], [], ["errors"], []]


@pytest.mark.parametrize(
    ("weight", "mirror", "share"),
    [(0, 0, 0), (0.5, 0, 0.5), (0, 1, 0.5), (0, 0.5, 1 / 3), (1, 1, 1), (0.5, 1, 2 / 3)],
)
def test_exposure(weight, mirror, share):
    assert exposure(weight, mirror) == pytest.approx(share)
