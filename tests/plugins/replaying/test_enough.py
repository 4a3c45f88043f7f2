"""Replays of too few requests: what is told is certain, and what is certain is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagewright.rollout.controller import Controller
from stagewright.rollout.policy import Policy
from stagewright.stages.rollout import Least
from stagewright_plugins.replaying.enough import too_few

QUALITY = {"name": "quality", "metric": "label.iou", "test": "msprt"}
ERRORS = {"name": "errors", "metric": "request.error"}
HUNDRED = {"quality": Least(stable=100, canary=100, once=True)}
HALF = {"setWeight": 50}


def told(
    section: dict[str, Any], requests: int, needs: dict[str, Least] = HUNDRED, **replay: Any
) -> list[tuple[str, str]]:
    section = {"analysis": {"guards": [QUALITY]}} | section
    asked = SimpleNamespace(**{"requests": requests, "rate": 2.0, "labelDelay": 20, "users": 0} | replay)
    return list(too_few(Policy.of(section), asked, needs))


def waits(requests: int, **more: Any) -> dict[str, Any]:
    return {"pause": {"minRequests": requests, **more}}


@pytest.mark.parametrize(
    ("steps", "least"),
    [
        ([HALF, waits(300)], 300),
        ([HALF, waits(300), {"setWeight": 60}, waits(150)], 450),
        ([HALF, waits(0, duration="5m")], 580),  # 600 at two a second, of which labels come in the last 20
        ([HALF, waits(300, duration="5m"), waits(100)], 700),
        ([{"setWeight": 20}, {"setWeight": 60}], 200),
        ([HALF], 200),
    ],
)
def test_the_least_number_is_found_and_said(steps: list[Any], least: int) -> None:
    assert told({"steps": steps}, least) == []
    ((key, said),) = told({"steps": steps}, least - 1)
    assert key == "requests"
    assert f"{least - 1} requests are too few" in said
    assert f"say {least} or more" in said


def test_the_guard_and_what_it_needs_are_named() -> None:
    ((_, said),) = told({"steps": [HALF]}, 150)
    assert "guard 'quality' needs observations: 100 of the canary and 100 of the champion" in said
    ((_, said),) = told({"steps": [HALF, waits(400)]}, 150)
    assert "its pauses take 400" in said


def test_a_small_weight_gives_few_observations_of_the_canary() -> None:
    low = {"steps": [{"setWeight": 5}, waits(200)]}
    ((_, said),) = told(low, 900)
    assert "say 2000 or more" in said
    assert "raise `setWeight`" in said
    assert told(low, 1500) == []  # unlikely, and not certain
    assert told(low | {"affinity": {"key": "X-User"}}, 900) == []  # one user may be all there is
    assert told(low, 900, users=400) == []


def test_an_analysis_between_the_steps_must_be_decided_at_its_weight() -> None:
    steps = [{"setWeight": 5}, {"analysis": {}}, HALF, waits(300)]
    assert told({"steps": steps}, 2000) == []
    ((_, said),) = told({"steps": steps}, 1000)  # of which 300 come after it
    assert "say 2300 or more" in said
    asked = {"steps": [{"setWeight": 5}, {"analysis": {"requests": 90}}, HALF, waits(300)]}
    assert told(asked | {"onInconclusive": "notify"}, 1000) == []


def test_how_long_an_earlier_analysis_takes_is_not_known() -> None:
    """At half of the requests it may have heard all that it needs, however small the weight is later."""
    ask = {"analysis": {"guards": ["errors"]}}
    section = {"steps": [HALF, ask, {"setWeight": 5}], "analysis": {"guards": [QUALITY, ERRORS]}}
    assert told(section, 900) == []
    assert told(section | {"steps": [{"setWeight": 5}]}, 900)


def test_a_recipe_that_goes_on_undecided_needs_its_pauses_only() -> None:
    assert told({"steps": [HALF, waits(40)], "onInconclusive": "notify"}, 40) == []
    assert told({"steps": [HALF, waits(40)], "onInconclusive": "notify"}, 39)


def test_who_waits_for_a_person_waits_in_any_number_of_requests() -> None:
    assert told({"steps": [HALF, waits(50), {"pause": {}}, waits(100)]}, 60) == []


def test_guards_that_are_not_waited_for_need_nothing() -> None:
    assert told({"steps": [HALF], "analysis": {"guards": [QUALITY], "dryRun": ["quality"]}}, 9) == []
    assert told({"steps": [HALF]}, 9, {}) == []


def test_other_strategies() -> None:
    ab = {"strategy": "abTest", "abTest": {"requests": 900, "guards": ["quality"]}}
    assert told(ab, 900) == []
    assert "say 900 or more" in told(ab, 899)[0][1]
    shadow = {"strategy": "shadow", "analysis": {"guards": [ERRORS]}}
    need = {"errors": Least(total=100)}
    assert told(shadow, 50, need) == []  # a request and its copy
    assert told(shadow, 49, need)
    assert told({"strategy": "blueGreen"}, 1) == []


def test_windows_take_their_time() -> None:
    windows = {"quality": Least(seconds=100.0)}
    assert told({"steps": [HALF]}, 180, windows) == []
    assert "say 180 or more" in told({"steps": [HALF]}, 179, windows)[0][1]


def test_users_that_count_once() -> None:
    ((key, said),) = told({"steps": [HALF]}, 1000, users=30)
    assert key == "users"
    assert "30 users are too few" in said
    assert "say 200 or more" in said
    assert told({"steps": [HALF]}, 1000, users=200) == []


class Enough:
    """Successful once both arms were seen often enough."""

    once = "never"

    def __init__(self, least: Least) -> None:
        self.least, self.n = least, [0, 0]

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: Any = None
    ) -> None:
        self.n[canary] += 1

    def outcome(self) -> str:
        enough = self.n[0] >= self.least.stable and self.n[1] >= self.least.canary
        return "successful" if enough and sum(self.n) >= self.least.total else "inconclusive"

    def evidence(self) -> dict[str, Any]:
        return {}


parts = st.lists(
    st.one_of(
        st.sampled_from([5, 20, 50, 100]).map(lambda weight: {"setWeight": weight}),
        st.sampled_from([0, 100]).map(lambda share: {"setMirrorRoute": {"percentage": share}}),
        st.builds(lambda n, s: waits(n, duration=s), st.integers(1, 40), st.integers(0, 20)),
        st.sampled_from([{"analysis": {}}, {"analysis": {"requests": 8}}]),
    ),
    min_size=1,
    max_size=6,
)
needs = st.builds(Least, st.integers(0, 30), st.integers(0, 30), st.integers(0, 80))


@settings(deadline=None, max_examples=200)
@given(parts, needs, st.sampled_from(["request.error", "label.iou"]), st.integers(1, 120), st.integers(0, 9),
       st.sampled_from(["pause", "notify", "rollback"]))  # fmt: skip
def test_what_is_told_is_never_promoted(
    steps: list[Any], need: Least, metric: str, requests: int, delay: int, inconclusive: str
) -> None:
    """The whole replay, with labels that come late."""
    guard = {"name": "g", "metric": metric, "test": "own"}
    policy = Policy.of({"steps": steps, "analysis": {"guards": [guard]}, "onInconclusive": inconclusive})
    live = Controller(policy, "r-1", lambda spec, given: Enough(need))
    live.start(0.0)
    for number in range(1, requests + delay + 1):
        name, late, now = f"q{number}", f"q{number - delay}", number / 2.0
        if number <= requests:
            arm = live.arm(name)
            live.observe({"kind": "request", "id": name, "unit": name, "arm": arm}, now)
            if arm == "stable" and live.mirrors(name):
                live.observe({"kind": "request", "id": name, "unit": name, "arm": "shadow"}, now)
        if number > delay:
            live.observe({"kind": "label", "id": late, "values": {"iou": 1.0}}, now)
    live.tick((requests + delay) / 2.0)
    asked = SimpleNamespace(requests=requests, rate=2.0, labelDelay=delay, users=0)
    if live.verdict == "promoted":
        assert list(too_few(policy, asked, {"g": need})) == []
