import pytest

from rollouts import GUARDS, counting
from stagewright.rollout.policy import AnalysisStep, Pause, Policy
from stagewright.rollout.steps import at_limit, judging, listens, pause_is_over
from stagewright.rollout.watch import watches

BOTH = {"duration": 9, "minRequests": 5}


@pytest.mark.parametrize(
    ("said", "seconds", "requests", "over"),
    [
        ({}, 1e9, 1000, False),
        ({"duration": 9}, 8.9, 0, False),
        ({"duration": 9}, 9.0, 0, True),
        ({"minRequests": 5}, 0.0, 5, True),
        (BOTH, 9.0, 4, False),
        (BOTH, 8.0, 5, False),
        (BOTH, 9.0, 5, True),
    ],
)
def test_a_pause_lasts_as_long_as_it_says(said, seconds, requests, over):
    assert pause_is_over(Pause(**said), seconds, requests) is over


def test_an_analysis_has_seen_enough_by_time_or_requests():
    step = AnalysisStep(duration=5, requests=8)
    assert [at_limit(step, *seen) for seen in ((4.9, 7), (5.0, 0), (0.0, 8))] == [False, True, True]


def test_an_analysis_waits_for_guards_that_are_not_dry():
    guards = [*GUARDS[:2], {"name": "srm", "metric": "request", "test": "x", "onFailure": "freeze"}]
    policy = Policy.of({"steps": [{"setWeight": 5}], "analysis": {"guards": guards, "dryRun": ["slow"]}})
    found = watches(policy, counting)
    assert [watch.guard.name for watch in judging(policy, AnalysisStep(), found)] == ["errors"]
    assert [watch.guard.name for watch in judging(policy, AnalysisStep(guards=("slow",)), found)] == []


def test_a_guard_is_heard_from_the_starting_step_on_or_where_an_analysis_names_it():
    steps = [{"setWeight": 5}, {"analysis": {"guards": ["slow"]}}, {"setWeight": 9}, {"pause": {}}]
    policy = Policy.of({"steps": steps, "analysis": {"guards": GUARDS[:2], "startingStep": 3}})
    found, plan = watches(policy, counting), policy.plan()
    heard = {name: [listens(policy, plan, i, watch) for i in range(5)] for name, watch in found.items()}
    assert heard == {"errors": [False, False, False, True, True], "slow": [False, True, False, True, True]}
