from random import Random

from stagewright.stages.rollout import TestInputs
from stagewright_plugins.rollout.test.srm import srm

GIVEN = TestInputs(0.001, "lower", 0.0)


def split(lost, weights, n, seed):
    """`lost`: share of the canary's requests that never reach the log. Requests until it fails, or None."""
    test, random = srm(GIVEN), Random(seed)
    for i in range(n):
        weight = weights[i * len(weights) // n]
        canary = random.random() < weight
        if not (canary and random.random() < lost):
            test.observe(canary, weight, 1.0)
        if i % 50 == 0 and test.outcome() == "failed":
            return i
    return None


def test_a_fair_split_in_phases_is_left_alone():
    assert [split(0.0, [0.05, 0.25, 0.5], 4000, seed) for seed in range(40)] == [None] * 40


def test_a_tenth_lost_is_found():
    found = [split(0.1, [0.5], 20_000, seed) for seed in range(10)]
    assert sum(at is not None for at in found) >= 9


def test_an_assignment_that_does_not_follow_the_weight():
    test = srm(GIVEN)
    for i in range(400):
        test.observe(i % 2 == 0, 0.25, 1.0)
    assert test.outcome() == "failed"
    evidence = test.evidence()
    assert (evidence["n_canary"], evidence["expected_canary"]) == (200, 100.0)


def test_it_never_approves():
    test = srm(GIVEN)
    for i in range(2000):
        test.observe(i % 2 == 0, 0.5, 1.0)
        test.observe(True, 1.0, 1.0)  # certain: says nothing
    assert test.outcome() == "inconclusive"
    assert test.evidence()["n_canary"] == 1000
